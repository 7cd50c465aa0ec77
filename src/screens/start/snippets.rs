//! Lines to paste, with this server's address and, for a minute, a key made on the spot.

use super::{may_administer, senders};
use crate::forms;
use crate::page::Page;
use parallax_domain::Permission;
use parallax_domain::screen::{Code, Field, FieldKind, Form, Link, Panel, Part, Text};
use parallax_server::admin::place;

struct Lines {
    key: &'static str,
    label: &'static str,
    /// What they bring.
    brings: &'static str,
    browser: bool,
}

const ALL: [Lines; 15] = [
    Lines { key: "python", label: "Python", brings: "traces, metrics, logs", browser: false },
    Lines { key: "node", label: "Node", brings: "traces, metrics, logs", browser: false },
    Lines { key: "java", label: "Java", brings: "traces, metrics, logs", browser: false },
    Lines { key: "go", label: "Go", brings: "traces; metrics and logs the same way", browser: false },
    Lines { key: "dotnet", label: ".NET", brings: "traces, metrics, logs", browser: false },
    Lines { key: "curl", label: "curl", brings: "one event and one log line, to try it", browser: false },
    Lines {
        key: "browser",
        label: "Browser",
        brings: "page views, clicks, errors, speed, decisions, feedback",
        browser: true,
    },
    Lines { key: "agent", label: "Agent", brings: "machine metrics and infrastructure logs", browser: false },
    Lines {
        key: "posthog-page",
        label: "PostHog page",
        brings: "page views, clicks, web vitals, errors, who it is",
        browser: true,
    },
    Lines { key: "posthog", label: "PostHog server", brings: "events, errors, people, groups", browser: false },
    Lines { key: "segment", label: "Segment", brings: "events, pages, people, groups", browser: false },
    Lines { key: "mixpanel-page", label: "Mixpanel page", brings: "page views, events, people", browser: true },
    Lines { key: "mixpanel", label: "Mixpanel server", brings: "events, people, groups, imports", browser: false },
    Lines { key: "umami", label: "Umami", brings: "page views, events, web vitals, without cookies", browser: true },
    Lines {
        key: "plausible",
        label: "Plausible",
        brings: "page views, goals, engagement, without cookies",
        browser: true,
    },
];

/// Address under which senders reach this server.
pub fn base(page: &Page) -> String {
    let options = &page.machine.options;
    // An address that stands for all of a machine's addresses is none that a sender could use.
    if options.public_url.is_none() && options.listen.ip().is_unspecified() {
        let name = parallax_server::own::host_name().unwrap_or_else(|| "this-machine".to_owned());
        return format!("http://{name}:{}", options.listen.port());
    }
    page.machine.public_url()
}

fn key(page: &Page, kind: &str) -> Option<String> {
    let prefix = format!("plx_{kind}_");
    let made = page.machine.shown.of(page.viewer.account, place::START, page.now);
    made.into_iter().map(|secret| secret.text).find(|text| text.starts_with(&prefix))
}

fn chosen(page: &Page) -> &'static Lines {
    let asked = page.address.get("lines").unwrap_or("python");
    ALL.iter().find(|lines| lines.key == asked).unwrap_or(&ALL[0])
}

pub fn panel(page: &Page) -> Panel {
    let lines = chosen(page);
    let kind = if lines.browser { "browser" } else { "ingest" };
    let made = key(page, kind);
    let secret = made.clone().unwrap_or_else(|| format!("plx_{kind}_YOUR_KEY"));
    let text = text(lines.key, &base(page), &secret);
    let choices = ALL
        .iter()
        .map(|other| {
            let href = format!("{}#snippets", page.address.with("lines", other.key).href());
            Link::new(other.label, href).current(other.key == lines.key)
        })
        .collect();
    let panel = Panel::new("snippets", "Paste this")
        .unit(format!("brings {}", lines.brings))
        .choices(choices)
        .part(Part::Code(Code { text, copy: Some(format!("Copy the lines for {}", lines.label)) }));
    if made.is_some() {
        return panel.foot("the key in these lines is new and is shown for a minute");
    }
    if !may_administer(page) {
        return panel.foot(format!("Keys are made by {}; ask one of them.", Permission::Administer.held_by()));
    }
    let mut form =
        Form { inline: true, ..forms::change(page, "snippet-key", "key/snippet", "Make a key for these lines") };
    form.hidden.push(("kind".to_owned(), kind.to_owned()));
    if lines.browser {
        form.fields.push(
            Field::new("origin", "Your pages", FieldKind::Text)
                .hint("Such as https://shop.example. The key works from there only.")
                .required()
                .autocomplete("url"),
        );
    } else {
        form.hidden.push(("origin".to_owned(), String::new()));
    }
    panel.part(Part::Form(form)).foot("the key can send and cannot read")
}

/// Addresses of the doors that this server keeps open.
pub fn address(page: &Page) -> Panel {
    let base = base(page);
    let paths = |paths: &[&str]| {
        let text = Text::default();
        paths.iter().enumerate().fold(text, |text, (index, path)| {
            let text = if index == 0 { text } else { text.line_break() };
            text.code(*path)
        })
    };
    let mut panel = Panel::new("address", "Your address")
        .summary(Text::default().code(base).plain(" takes, with a key that may send:"))
        .part(Part::Facts(vec![
            ("OpenTelemetry".to_owned(), paths(&["/v1/traces", "/v1/metrics", "/v1/logs"])),
            ("Events".to_owned(), paths(&["/api/v1/events"])),
            ("PostHog".to_owned(), paths(&["/batch", "/e", "/i/v0/e", "/capture"])),
            ("Segment".to_owned(), paths(&["/v1/batch", "/v1/track", "/v1/identify"])),
            ("Mixpanel".to_owned(), paths(&["/track", "/engage", "/groups", "/import"])),
            ("Umami".to_owned(), paths(&["/api/send", "/api/batch"])),
            ("Plausible".to_owned(), paths(&["/api/event"])),
            ("Decisions of people".to_owned(), paths(&["/api/v1/consent"])),
            ("Deployments".to_owned(), paths(&["/api/v1/deployments"])),
            ("Support".to_owned(), paths(&["/api/v1/tickets", "/api/v1/feedback", "/api/v1/surveys"])),
            ("For comparison".to_owned(), paths(&["/api/v1/spend", "/api/v1/population", "/api/v1/targets"])),
        ]));
    if may_administer(page) {
        panel = panel.action(Link::new("All keys", page.to("/admin/keys").href()));
    }
    panel.foot("OpenTelemetry over HTTP, as protobuf or JSON; everything else as JSON")
}

/// The call that marks a deployment.
pub fn deployment(page: &Page) -> Part {
    let key = key(page, "ingest").unwrap_or_else(|| "plx_ingest_YOUR_KEY".to_owned());
    let text = format!(
        "curl {}/api/v1/deployments \\\n  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"service\": \"my-service\", \"version\": \"1.4.0\", \"environment\": \"production\"}}'",
        base(page)
    );
    Part::Code(Code { text, copy: Some("Copy the call".to_owned()) })
}

fn exports(base: &str, key: &str) -> String {
    format!(
        "export OTEL_SERVICE_NAME=my-service\n\
         export OTEL_RESOURCE_ATTRIBUTES=service.version=1.0.0,deployment.environment.name=production\n\
         export OTEL_EXPORTER_OTLP_ENDPOINT={base}\n\
         export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n\
         export OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20{key}\"\n\
         export OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp"
    )
}

/// Our own script. Nothing is kept or told about anybody before they agree; it asks them itself.
fn browser(base: &str, key: &str) -> String {
    const LINES: &str = r#"<script defer src="{base}/js/parallax.js" data-key="{key}"></script>

<!-- clicks that mean something, in your words -->
<button data-plx-event="Added to basket" data-plx-prop-items="3">Add</button>
<button data-plx-open="feedback">Tell us what you think</button>
<button data-plx-open="consent">Privacy choices</button>

<script>
  window.parallax ??= function () { (parallax.q ??= []).push(arguments) };

  // what your program knows and the page does not show
  parallax("event", "Trial started", { plan: "team" });
  parallax("identify", "customer_12345");
</script>"#;
    LINES.replace("{base}", base).replace("{key}", key)
}

fn text(lines: &str, base: &str, key: &str) -> String {
    let exports = exports(base, key);
    match lines {
        "node" => format!(
            "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node\n\n{exports}\n\n\
             node --require @opentelemetry/auto-instrumentations-node/register app.js"
        ),
        "java" => format!(
            "curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar\n\n\
             {exports}\n\njava -javaagent:opentelemetry-javaagent.jar -jar app.jar"
        ),
        "go" => format!(
            "go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/contrib/exporters/autoexport \\\n  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\n\n\
             {exports}\n\n\
             // in main.go\n\
             exporter, err := autoexport.NewSpanExporter(ctx)\n\
             if err != nil {{\n    log.Fatal(err)\n}}\n\
             provider := trace.NewTracerProvider(trace.WithBatcher(exporter))\n\
             defer provider.Shutdown(ctx)\n\
             otel.SetTracerProvider(provider)\n\
             http.ListenAndServe(\":8080\", otelhttp.NewHandler(mux, \"server\"))"
        ),
        "dotnet" => format!(
            "curl -sSfLO https://github.com/open-telemetry/opentelemetry-dotnet-instrumentation/releases/latest/download/otel-dotnet-auto-install.sh\n\
             sh ./otel-dotnet-auto-install.sh\n. $HOME/.otel-dotnet-auto/instrument.sh\n\n{exports}\n\ndotnet MyApp.dll"
        ),
        "curl" => format!(
            "curl {base}/api/v1/events \\\n  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{{\"events\": [{{\"name\": \"Purchase Completed\", \"user\": \"customer_12345\",\n        \"properties\": {{\"items\": 3}}, \
             \"revenue\": {{\"amount\": 149.99, \"currency\": \"USD\"}}}}]}}'\n\n\
             curl {base}/v1/logs \\\n  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{{\"resourceLogs\": [{{\"scopeLogs\": [{{\"logRecords\": [{{\"body\":\n        {{\"stringValue\": \"2026-01-15 14:32:18 ERROR UserService: Failed to authenticate user\"}}}}]}}]}}]}}'"
        ),
        "browser" => browser(base, key),
        "posthog-page" | "posthog" | "segment" | "mixpanel-page" | "mixpanel" | "umami" | "plausible" => {
            senders::text(lines, base, key)
        }
        "agent" => format!(
            "# /etc/otelcol-contrib/config.yaml of the OpenTelemetry Collector\n\
             receivers:\n  hostmetrics:\n    collection_interval: 15s\n    \
             scrapers: {{cpu: {{}}, memory: {{}}, disk: {{}}, filesystem: {{}}, network: {{}}, load: {{}}}}\n  journald: {{}}\n\
             processors:\n  resourcedetection: {{detectors: [system]}}\n\
             exporters:\n  otlphttp:\n    endpoint: {base}\n    headers: {{authorization: \"Bearer {key}\"}}\n\
             service:\n  pipelines:\n    \
             metrics: {{receivers: [hostmetrics], processors: [resourcedetection], exporters: [otlphttp]}}\n    \
             logs: {{receivers: [journald], processors: [resourcedetection], exporters: [otlphttp]}}"
        ),
        _ => format!(
            "pip install opentelemetry-distro opentelemetry-exporter-otlp\nopentelemetry-bootstrap -a install\n\n{exports}\n\
             export OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true\n\nopentelemetry-instrument python app.py"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_lines_of_its_own_with_address_and_key() {
        let mut seen = std::collections::BTreeSet::new();
        for lines in &ALL {
            let text = text(lines.key, "https://px.example", "plx_ingest_0123");
            assert!(text.contains("px.example") && text.contains("plx_ingest_0123"), "{}", lines.key);
            assert!(seen.insert(text), "{}", lines.key);
        }
    }
}
