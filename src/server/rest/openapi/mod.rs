//! The document of the public API at `/api/v1/openapi.json`. Requests and answers are described here once; tests hold
//! real answers against it, and the whole against the copy in `tests/openapi.json`, so that nothing changes unsaid.

mod questions;
mod settings;
mod shape;
mod told;

use axum::Json;
use shape::{Shape, integer, may, must, object, text};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, License, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr,
    Required, Response, ResponseBuilder,
};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// `GET /api/v1/openapi.json`, for everybody: it holds no data.
pub async fn openapi() -> Json<OpenApi> {
    Json(document())
}

/// The whole document.
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for question in questions::all() {
        let members = questions::frame().into_iter().chain(question.members);
        let operation = operation("Questions", question.about, &format!("ask_{}", question.name.replace('/', "_")))
            .request_body(Some(body(object(members))))
            .response(
                "200",
                ok(
                    "The answer, the same for the period that it is compared with, and how far to trust it.",
                    questions::answer(question.result),
                ),
            );
        paths = paths.path(
            format!("/api/v1/query/{}", question.name),
            PathItem::new(HttpMethod::Post, refusals(operation, "read").build()),
        );
    }
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(text()));
    let trace = operation(
        "Questions",
        "One trace with its critical path and bottleneck. A trace of another project is not found.",
        "trace",
    )
    .parameter(id)
    .response("200", ok("The trace.", questions::trace()));
    paths = paths.path("/api/v1/traces/{id}", PathItem::new(HttpMethod::Get, refusals(trace, "read").build()));
    for door in told::doors() {
        let name = door.path.rsplit('/').next().unwrap_or_default();
        let operation = operation("Sending", door.about, &format!("tell_{name}"))
            .request_body(Some(body(door.body)))
            .response("200", ok("What became of the records.", door.answer));
        paths = paths.path(door.path, PathItem::new(HttpMethod::Post, refusals(operation, "ingest").build()));
    }
    for (path, method, operation) in settings::operations() {
        paths = paths.path(path, PathItem::new(method, operation));
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Parallax")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("Times are RFC 3339 UTC, durations seconds unless the name says otherwise, money a decimal number with an ISO 4217 currency beside it. Unknown members of a question are errors."))
                .license(Some(License::new("Apache-2.0")))
                .build(),
        )
        .paths(paths)
        .components(Some(
            ComponentsBuilder::new()
                .schema("Problem", problem())
                .security_scheme("key", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("plx_<kind>_<32 hex>").build()))
                .build(),
        ))
        .build()
}

fn operation(tag: &str, about: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new().tag(tag).summary(Some(about)).operation_id(Some(id))
}

fn body(shape: Shape) -> RequestBody {
    RequestBodyBuilder::new().content(JSON, Content::new(Some(shape))).required(Some(Required::True)).build()
}

fn ok(about: &str, shape: Shape) -> Response {
    ResponseBuilder::new().description(about).content(JSON, Content::new(Some(shape))).build()
}

/// RFC 9457, with the member at fault.
fn problem() -> Shape {
    object([must("title", text()), must("status", integer()), must("detail", text()), may("field", text())])
}

/// What every endpoint may refuse with, and the kind of key that it asks for.
fn refusals(operation: OperationBuilder, key: &str) -> OperationBuilder {
    const KINDS: [(&str, &str); 9] = [
        ("400", "Against the contract; `field` names the member."),
        ("401", "No key, or none that is in force."),
        ("403", "This key may not."),
        ("404", "Not there, or of another project."),
        ("413", "Too large."),
        ("415", "Content type or encoding that is not taken."),
        ("422", "The same idempotency key came with another body."),
        ("429", "Too many; `Retry-After` says when."),
        ("503", "Will pass; `Retry-After` says when."),
    ];
    let described = KINDS.into_iter().fold(operation, |operation, (status, about)| {
        let problem: RefOr<_> = Ref::from_schema_name("Problem").into();
        operation.response(
            status,
            ResponseBuilder::new().description(about).content(PROBLEM, Content::new(Some(problem))).build(),
        )
    });
    described
        .description(Some(format!("Key of kind `{key}`.")))
        .security(SecurityRequirement::new("key", Vec::<String>::new()))
}

fn refused(operation: OperationBuilder, key: &str) -> Operation {
    refusals(operation, key).build()
}
