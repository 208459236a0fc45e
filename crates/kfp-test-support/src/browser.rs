//! Chromium through ChromeDriver, by the few WebDriver commands the tests need.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installed;

/// How long anything on a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Texts whose contrast with what is behind them is lower than WCAG's AA asks for.
const FAINT: &str = r#"(() => {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = numbers(colour).slice(0, 3).map((one) => one / 255).map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (one) => { for (; one; one = one.parentElement) { const { backgroundColor } = getComputedStyle(one); if (numbers(backgroundColor)[3] !== 0) return backgroundColor; } };
    const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".hidden, .skip") && one.getBoundingClientRect().width > 1;
    const found = [];
    for (const one of document.querySelectorAll("body *")) {
        if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !isShown(one)) continue;
        const style = getComputedStyle(one), size = parseFloat(style.fontSize);
        const [high, low] = [light(style.color), light(behind(one))].sort((a, b) => b - a);
        const ratio = (high + 0.05) / (low + 0.05);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        if (ratio < (large ? 3 : 4.5)) found.push(`${one.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return found;
})()"#;

/// A browser that ends with the test.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    profile: TempDir,
}

impl Browser {
    /// A fresh browser with a window of that size, or nothing, loudly, where there is none.
    pub fn start(width: u32, height: u32) -> Option<Self> {
        Self::with_arguments(width, height, &[])
    }

    /// The same, with more of Chromium's arguments, without the two dashes: `force-dark-mode`.
    pub fn with_arguments(width: u32, height: u32, more: &[&str]) -> Option<Self> {
        if !installed("chromium") || !installed("chromedriver") {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}"),
            agent,
            profile: tempfile::tempdir().unwrap(),
        };
        until("chromedriver answers", || {
            browser
                .agent
                .get(format!("{}/status", browser.session))
                .call()
                .is_ok()
        });
        let mut arguments: Vec<String> = [
            "headless=new",
            "no-sandbox",
            "disable-gpu",
            "disable-dev-shm-usage",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
        ]
        .map(|name| format!("--{name}"))
        .into();
        arguments.push(format!(
            "--user-data-dir={}",
            browser.profile.path().display()
        ));
        arguments.push(format!("--window-size={width},{height}"));
        arguments.extend(more.iter().map(|name| format!("--{name}")));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": arguments },
        }}});
        let started = browser.post("/session", &wanted);
        let id = started["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("no session: {started}"));
        browser.session = format!("{}/session/{id}", browser.session);
        Some(browser)
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// What an expression is worth on the page.
    pub fn value(&self, expression: &str) -> Value {
        self.post(
            "/execute/sync",
            &json!({ "script": format!("return {expression}"), "args": [] }),
        )
    }

    /// An expression's text.
    pub fn text(&self, expression: &str) -> String {
        self.value(expression)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The text of all elements of a selector.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let found = self.value(&format!(
            "[...document.querySelectorAll({})].map((one) => one.textContent)",
            json!(selector)
        ));
        strings(&found)
    }

    /// Waits until an expression holds.
    pub fn wait(&self, expression: &str) {
        until(expression, || {
            self.value(&format!("Boolean({expression})")) == json!(true)
        });
    }

    /// Presses the first element of a selector, as a hand would.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element of a selector.
    pub fn keys(&self, selector: &str, keys: &str) {
        let element = self.element(selector);
        self.post(
            &format!("/element/{element}/value"),
            &json!({ "text": keys }),
        );
    }

    /// Replaces what stands in the search field, and gives how many milliseconds the answer took.
    pub fn search(&self, words: &str) -> f64 {
        let script = "const [words, done] = arguments; const field = document.getElementById('query'); \
                      const start = performance.now(); field.value = words; field.dispatchEvent(new Event('input')); \
                      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));";
        let took = self.post(
            "/execute/async",
            &json!({ "script": script, "args": [words] }),
        );
        took.as_f64().unwrap_or_else(|| panic!("{took}"))
    }

    /// A picture of the window, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.get("/screenshot");
        base64::engine::general_purpose::STANDARD
            .decode(picture.as_str().unwrap())
            .unwrap()
    }

    /// The texts on the page that are hard to read, with their contrasts.
    pub fn faint_texts(&self) -> Vec<String> {
        strings(&self.value(FAINT))
    }

    /// What the browser complained about since it was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        log.as_array()
            .into_iter()
            .flatten()
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    /// Every address the page loaded something from.
    pub fn loaded(&self) -> Vec<String> {
        let found = self.value("performance.getEntriesByType('resource').map((one) => one.name)");
        strings(&found)
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post(
            "/element",
            &json!({ "using": "css selector", "value": selector }),
        );
        let id = found
            .as_object()
            .and_then(|found| found.values().next()?.as_str());
        id.unwrap_or_else(|| panic!("no {selector}: {found}"))
            .to_owned()
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = self
            .agent
            .get(format!("{}{path}", self.session))
            .call()
            .unwrap();
        parse(
            &answer
                .body_mut()
                .with_config()
                .limit(64 << 20)
                .read_to_string()
                .unwrap(),
        )
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self
            .agent
            .post(format!("{}{path}", self.session))
            .header("content-type", "application/json");
        parse(
            &request
                .send(body.to_string())
                .unwrap()
                .body_mut()
                .read_to_string()
                .unwrap(),
        )
    }
}

/// The texts of a list.
pub fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

fn parse(text: &str) -> Value {
    let mut answer: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    answer["value"].take()
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
}
