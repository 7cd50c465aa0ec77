//! Lines for the clients of other products: what they send stays, only the address and the key change.

/// The lines of one product, for its pages or for its servers.
pub fn text(lines: &str, base: &str, key: &str) -> String {
    let lines = match lines {
        "posthog-page" => POSTHOG_PAGE,
        "posthog" => POSTHOG,
        "segment" => SEGMENT,
        "mixpanel-page" => MIXPANEL_PAGE,
        "mixpanel" => MIXPANEL,
        "umami" => UMAMI,
        _ => PLAUSIBLE,
    };
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
    let (name, port) = host.split_once(':').unwrap_or((host, if scheme == "http" { "80" } else { "443" }));
    lines
        .replace("{base}", base)
        .replace("{host}", host)
        .replace("{scheme}", scheme)
        .replace("{name}", name)
        .replace("{port}", port)
        .replace("{key}", key)
}

const POSTHOG_PAGE: &str = r#"// npm install posthog-js
import posthog from "posthog-js";

posthog.init("{key}", { api_host: "{base}" });"#;

const POSTHOG: &str = r#"# Python: pip install posthog
from posthog import Posthog

posthog = Posthog("{key}", host="{base}")
posthog.capture("Purchase Completed", distinct_id="customer_12345", properties={"amount": 149.99, "currency": "EUR"})

// Node: npm install posthog-node
import { PostHog } from "posthog-node";

const posthog = new PostHog("{key}", { host: "{base}" });
posthog.capture({ distinctId: "customer_12345", event: "Purchase Completed", properties: { amount: 149.99, currency: "EUR" } });
await posthog.shutdown();"#;

const SEGMENT: &str = r#"# Python: pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "{key}"
analytics.host = "{base}"
analytics.track("customer_12345", "Order Completed", {"revenue": 149.99, "currency": "EUR"})
analytics.flush()

// Node: npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "{key}", host: "{base}" });
analytics.track({ userId: "customer_12345", event: "Order Completed", properties: { revenue: 149.99, currency: "EUR" } });
await analytics.closeAndFlush();"#;

const MIXPANEL_PAGE: &str = r#"// npm install mixpanel-browser
import mixpanel from "mixpanel-browser";

mixpanel.init("{key}", { api_host: "{base}", track_pageview: true });"#;

const MIXPANEL: &str = r#"# Python: pip install mixpanel
from mixpanel import Consumer, Mixpanel

consumer = Consumer(events_url="{base}/track", people_url="{base}/engage", groups_url="{base}/groups", import_url="{base}/import")
mixpanel = Mixpanel("{key}", consumer=consumer)
mixpanel.track("customer_12345", "Purchase Completed", {"amount": 149.99, "currency": "EUR"})

// Node: npm install mixpanel
import Mixpanel from "mixpanel";

const mixpanel = Mixpanel.init("{key}", { host: "{name}", port: {port}, protocol: "{scheme}" });
mixpanel.track("Purchase Completed", { distinct_id: "customer_12345", amount: 149.99, currency: "EUR" });"#;

const UMAMI: &str = r#"<!-- the script that your pages load already, with another website and another host -->
<script defer src="https://cloud.umami.is/script.js" data-website-id="{key}" data-host-url="{base}"></script>"#;

const PLAUSIBLE: &str = r#"<!-- the script that your pages load already, with another domain and another address -->
<script defer src="https://plausible.io/js/script.js" data-domain="{key}" data-api="{base}/api/event"></script>

// or npm install @plausible-analytics/tracker
import { init } from "@plausible-analytics/tracker";

init({ domain: "{key}", endpoint: "{base}/api/event" });"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_wants_host_and_port_apart_gets_them() {
        assert!(
            text("mixpanel", "http://127.0.0.1:3000", "k")
                .contains(r#"host: "127.0.0.1", port: 3000, protocol: "http""#)
        );
        assert!(
            text("mixpanel", "https://px.example", "k").contains(r#"host: "px.example", port: 443, protocol: "https""#)
        );
    }
}
