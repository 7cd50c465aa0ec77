//! A chart as a file: `data-save` is `csv`, `svg` or `png`. The table is written as it stands; the
//! drawing is taken with its computed colours and with its labels, which are text beside it.

use super::elements::{all_in, around, first_in, listen, words};
use leptos::prelude::*;
use parallax_domain::address::encode;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    CanvasRenderingContext2d, Element, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement, MouseEvent,
    XmlSerializer,
};

/// What an SVG needs to look the same without the style sheet.
const PAINT: [&str; 10] = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "font-size",
    "font-weight",
];
/// Labels of the axes and of the line ends.
const LABELS: &str = ".ax-x span, .ax-y span, .ax-r span, .ax-t span, .lane a span, .ph-row h3";
const MARGIN: f64 = 16.0;

pub fn start() {
    listen("click", |event: MouseEvent| {
        let Some(button) = around(&event, "[data-save]") else { return };
        let Some(figure) = around(&event, ".panel, .chart") else { return };
        let name = name(&figure);
        match button.get_attribute("data-save").as_deref() {
            Some("csv") => save(&format!("data:text/csv;charset=utf-8,{}", encode(&csv(&figure))), &name, "csv"),
            Some("svg") => {
                if let Some(svg) = svg(&figure) {
                    save(&data_address(&svg), &name, "svg");
                }
            }
            Some("png") => {
                png(&figure, name);
            }
            _ => {}
        }
    });
}

fn name(figure: &Element) -> String {
    let title = first_in(figure, "h2, h3, caption").map(|title| words(&title)).unwrap_or_default();
    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    if name.is_empty() { "chart".to_owned() } else { name }
}

fn data_address(svg: &str) -> String {
    format!("data:image/svg+xml;charset=utf-8,{}", encode(svg))
}

fn save(href: &str, name: &str, kind: &str) {
    let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok())
    else {
        return;
    };
    link.set_href(href);
    link.set_download(&format!("{name}.{kind}"));
    link.click();
}

fn csv(figure: &Element) -> String {
    let rows = all_in(figure, ".data tr").into_iter().map(|row| {
        let cells: Vec<String> = all_in(&row, "th, td").iter().map(|cell| quoted(&words(cell))).collect();
        cells.join(",")
    });
    rows.collect::<Vec<_>>().join("\r\n")
}

/// Quotes where needed (RFC 4180), and disarms what a spreadsheet would run as a formula.
fn quoted(text: &str) -> String {
    let number = text
        .strip_prefix(['-', '+'])
        .unwrap_or(text)
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".,".contains(&byte));
    let formula = text.starts_with(['=', '@', '+', '-', '\t']) && !number;
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// One drawing of the whole figure: its SVGs in place, their paint written out, and the labels as text.
fn svg(figure: &Element) -> Option<String> {
    let bounds = figure.get_bounding_client_rect();
    let root = create("svg")?;
    let set = |element: &Element, name: &str, value: f64| {
        let _ = element.set_attribute(name, &(value.round() as i64).to_string());
    };
    let _ = root.set_attribute("xmlns", "http://www.w3.org/2000/svg");
    set(&root, "width", bounds.width() + 2.0 * MARGIN);
    set(&root, "height", bounds.height() + 2.0 * MARGIN);
    let _ = root.set_attribute("font-family", "system-ui, sans-serif");
    let ground = create("rect")?;
    let _ = ground.set_attribute("width", "100%");
    let _ = ground.set_attribute("height", "100%");
    let _ = ground.set_attribute("fill", &style(figure, "background-color"));
    root.append_child(&ground).ok()?;
    if let Some(hatch) = document().get_element_by_id("hatch") {
        let patterns = create("defs")?;
        let hatch = painted(&hatch)?;
        patterns.append_child(&hatch).ok()?;
        root.append_child(&patterns).ok()?;
    }
    for drawing in all_in(figure, "svg.cv, svg.map, svg.spark") {
        let copy = painted(&drawing)?;
        let place = drawing.get_bounding_client_rect();
        set(&copy, "x", place.left() - bounds.left() + MARGIN);
        set(&copy, "y", place.top() - bounds.top() + MARGIN);
        set(&copy, "width", place.width());
        set(&copy, "height", place.height());
        root.append_child(&copy).ok()?;
    }
    let title = first_in(figure, "h2");
    for label in title.into_iter().chain(all_in(figure, LABELS)) {
        let place = label.get_bounding_client_rect();
        if place.width() == 0.0 {
            continue;
        }
        let text = create("text")?;
        set(&text, "x", place.left() - bounds.left() + MARGIN);
        set(&text, "y", place.bottom() - bounds.top() + MARGIN - place.height() * 0.2);
        let _ = text.set_attribute("fill", &style(&label, "color"));
        let _ = text.set_attribute("font-size", &style(&label, "font-size"));
        let _ = text.set_attribute("font-weight", &style(&label, "font-weight"));
        text.set_text_content(Some(&words(&label)));
        root.append_child(&text).ok()?;
    }
    XmlSerializer::new().ok()?.serialize_to_string(&root).ok()
}

fn create(tag: &str) -> Option<Element> {
    document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag).ok()
}

fn style(element: &Element, property: &str) -> String {
    let style = window().get_computed_style(element).ok().flatten();
    style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default()
}

/// A copy with the computed paint of the original as attributes.
fn painted(original: &Element) -> Option<Element> {
    let copy: Element = original.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let originals = std::iter::once(original.clone()).chain(all_in(original, "*"));
    let copies = std::iter::once(copy.clone()).chain(all_in(&copy, "*"));
    for (from, to) in originals.zip(copies) {
        for property in PAINT {
            let _ = to.set_attribute(property, &style(&from, property));
        }
        if style(&from, "vector-effect") == "non-scaling-stroke" {
            let _ = to.set_attribute("vector-effect", "non-scaling-stroke");
        }
        let _ = to.remove_attribute("class");
        let _ = to.remove_attribute("style");
    }
    Some(copy)
}

/// Drawn at twice its size, so that it stays sharp on paper and slides.
fn png(figure: &Element, name: String) -> Option<()> {
    let svg = svg(figure)?;
    let image = HtmlImageElement::new().ok()?;
    let drawn = image.clone();
    let load = Closure::once_into_js(move || {
        let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
        canvas.set_width(drawn.natural_width() * 2);
        canvas.set_height(drawn.natural_height() * 2);
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        context.scale(2.0, 2.0).ok()?;
        context.draw_image_with_html_image_element(&drawn, 0.0, 0.0).ok()?;
        save(&canvas.to_data_url().ok()?, &name, "png");
        Some(()).map(|()| wasm_bindgen::JsValue::NULL)
    });
    image.set_onload(Some(load.unchecked_ref()));
    image.set_src(&data_address(&svg));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_only_text() {
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(quoted("-22.8"), "-22.8");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
