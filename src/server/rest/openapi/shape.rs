//! Words for JSON: what a member is, whether it must be there, whether it may be null.

use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};

pub type Shape = RefOr<Schema>;

/// A member of an object.
pub struct Member {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// A member that is always there.
pub fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

/// A member that may be left out.
pub fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

fn plain(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

pub fn text() -> Shape {
    plain(Type::String).into()
}

pub fn integer() -> Shape {
    plain(Type::Integer).into()
}

pub fn number() -> Shape {
    plain(Type::Number).into()
}

pub fn flag() -> Shape {
    plain(Type::Boolean).into()
}

/// RFC 3339, UTC.
pub fn instant() -> Shape {
    plain(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
}

/// 0 to 1.
pub fn share() -> Shape {
    plain(Type::Number).minimum(Some(0.0)).maximum(Some(1.0)).into()
}

/// One of these words.
pub fn word(words: &[&str]) -> Shape {
    plain(Type::String).enum_values(Some(words.iter().copied().map(str::to_owned))).into()
}

pub fn list(item: Shape) -> Shape {
    ArrayBuilder::new().items(item).into()
}

/// `null` says that it is not known.
pub fn or_null(shape: Shape) -> Shape {
    let null: Shape = plain(Type::Null).into();
    OneOfBuilder::new().item(null).item(shape).into()
}

pub fn either(shapes: impl IntoIterator<Item = Shape>) -> Shape {
    shapes.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into()
}

/// Any JSON.
pub fn anything() -> Shape {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// Members that are not listed are errors in what is asked, and do not occur in what is answered.
pub fn object(members: impl IntoIterator<Item = Member>) -> Shape {
    closed(members).additional_properties(Some(AdditionalProperties::FreeForm(false))).into()
}

/// Other members may stand beside those listed.
pub fn open_object(members: impl IntoIterator<Item = Member>) -> Shape {
    closed(members).into()
}

fn closed(members: impl IntoIterator<Item = Member>) -> ObjectBuilder {
    members.into_iter().fold(plain(Type::Object), |object, member| {
        let object = object.property(member.name, member.shape);
        if member.required { object.required(member.name) } else { object }
    })
}

/// Any names, with values of one kind.
pub fn map(value: Schema) -> Shape {
    plain(Type::Object).additional_properties(Some(AdditionalProperties::RefOr(value.into()))).into()
}

pub fn schema(shape: Shape) -> Schema {
    Schema::from(shape)
}
