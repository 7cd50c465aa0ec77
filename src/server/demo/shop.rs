//! What the shop sells, and the words of its events.

/// Names of the product events, in the order of a visit. Features add their own, see the scenario.
pub mod event {
    pub const PAGE_VIEW: &str = "page_view";
    pub const WEB_VITALS: &str = "web_vitals";
    pub const SEARCH: &str = "search";
    pub const FILTER_SIZE: &str = "filter_size";
    pub const SIZE_ADVISOR: &str = "size_advisor";
    pub const WISH_LIST: &str = "wish_list_add";
    pub const COMPARE: &str = "compare";
    pub const TENT_VIEW: &str = "tent_view_3d";
    pub const GIFT_REGISTRY: &str = "gift_registry";
    pub const REVIEW: &str = "review_written";
    pub const ORDER_TRACKING: &str = "order_tracking";
    pub const BASKET_NOTE: &str = "basket_note";
    pub const BASKET_ADD: &str = "basket_add";
    pub const CHECKOUT_START: &str = "checkout_start";
    pub const FORM_ERROR: &str = "form_error";
    pub const PAYMENT_SUBMIT: &str = "payment_submit";
    pub const PAYMENT_FAILED: &str = "payment_failed";
    pub const PURCHASE: &str = "Purchase_Completed";
    pub const CHECKOUT_ABANDONED: &str = "checkout_abandoned";
    pub const SIGN_UP: &str = "account_created";
    pub const LOGIN: &str = "login";
    pub const LOGIN_FAILED: &str = "login_failed";
    pub const LOGOUT: &str = "logout";
    pub const SETTING: &str = "setting_changed";
    pub const RAGE_CLICK: &str = "rage_click";
    pub const ERROR: &str = "error";
    pub const CRASH: &str = "crash";
    pub const FEEDBACK: &str = "feedback_given";
}

#[derive(Debug)]
pub struct Product {
    pub slug: &'static str,
    pub title: &'static str,
    pub category: &'static str,
    /// Euro.
    pub price: f64,
    /// Weight of being looked at.
    pub pull: f64,
    pub sized: bool,
}

pub const CATEGORIES: [(&str, &str); 6] = [
    ("tents", "Tents"),
    ("jackets", "Jackets"),
    ("boots", "Boots"),
    ("sleeping", "Sleeping bags"),
    ("backpacks", "Backpacks"),
    ("cooking", "Cooking"),
];

pub const PRODUCTS: [Product; 24] = [
    product("trail-tent-2", "Trail tent 2", "tents", 189.0, 7.0, false),
    product("trail-tent-3", "Trail tent 3", "tents", 239.0, 4.0, false),
    product("ridge-tunnel-4", "Ridge tunnel 4", "tents", 349.0, 1.6, false),
    product("solo-bivy", "Solo bivy", "tents", 119.0, 1.4, false),
    product("down-jacket-x", "Down jacket X", "jackets", 159.0, 6.0, true),
    product("rain-shell", "Rain shell", "jackets", 98.9, 5.0, true),
    product("fleece-loft", "Fleece loft", "jackets", 58.9, 4.5, true),
    product("wind-vest", "Wind vest", "jackets", 44.9, 2.0, true),
    product("summit-boot", "Summit boot", "boots", 174.0, 4.0, true),
    product("day-hiker", "Day hiker", "boots", 94.5, 5.0, true),
    product("camp-clog", "Camp clog", "boots", 34.9, 2.0, true),
    product("gaiters-pro", "Gaiters pro", "boots", 29.9, 1.2, true),
    product("down-bag-zero", "Down bag zero", "sleeping", 219.0, 2.6, true),
    product("summer-quilt", "Summer quilt", "sleeping", 89.0, 2.4, false),
    product("air-mat-light", "Air mat light", "sleeping", 64.9, 3.6, false),
    product("silk-liner", "Silk liner", "sleeping", 39.9, 1.8, false),
    product("alpine-38", "Alpine 38", "backpacks", 129.0, 3.4, true),
    product("commuter-20", "Commuter 20", "backpacks", 69.9, 3.2, false),
    product("dry-bag-set", "Dry bag set", "backpacks", 24.9, 2.6, false),
    product("hip-pouch", "Hip pouch", "backpacks", 19.9, 1.6, false),
    product("gas-stove-mini", "Gas stove mini", "cooking", 42.9, 2.8, false),
    product("titan-pot", "Titan pot", "cooking", 36.9, 1.8, false),
    product("insulated-mug", "Insulated mug", "cooking", 17.9, 2.6, false),
    product("head-lamp-400", "Head lamp 400", "cooking", 39.9, 3.6, false),
];

const fn product(
    slug: &'static str,
    title: &'static str,
    category: &'static str,
    price: f64,
    pull: f64,
    sized: bool,
) -> Product {
    Product { slug, title, category, price, pull, sized }
}

pub const TERMS: [(&str, u32); 16] = [
    ("tent 2 person", 38),
    ("zelt", 61),
    ("daunenjacke", 27),
    ("rain jacket", 33),
    ("schlafsack", 24),
    ("hiking boots", 29),
    ("isomatte", 18),
    ("rucksack 40l", 22),
    ("stirnlampe", 9),
    ("fleece", 31),
    ("gaskocher", 12),
    ("gamaschen", 5),
    ("trekking poles", 0),
    ("kids boots", 0),
    ("silk liner", 4),
    ("mug", 7),
];

pub const SIZES: [&str; 6] = ["XS", "S", "M", "L", "XL", "XXL"];

/// Ways to pay, with the share of each.
pub const METHODS: [(&str, f64); 5] =
    [("saved_card", 0.30), ("card", 0.26), ("paypal", 0.27), ("invoice", 0.14), ("gift_card", 0.03)];

/// Pages as they are counted: a template for the address and how long its largest image takes, in ms.
pub const HOME: (&str, f64) = ("/", 1_520.0);
pub const CATEGORY_LCP: f64 = 1_780.0;
pub const PRODUCT_LCP: f64 = 1_460.0;

/// Page by page: the usual largest contentful paint in ms.
pub fn usual_lcp(path: &str) -> f64 {
    match path {
        "/" => HOME.1,
        // Receives the paid reels, with a film of eight megabytes on top.
        "/winter" => 3_450.0,
        "/sale" => 1_820.0,
        "/guide/size" => 1_150.0,
        "/basket" => 1_240.0,
        _ if path.starts_with("/p/") => PRODUCT_LCP,
        _ if path.starts_with("/c/") => CATEGORY_LCP,
        _ if path.starts_with("/checkout") => 1_180.0,
        _ => 1_200.0,
    }
}
