//! Who caused a hit: a person, a webmail proxy on a person's behalf, a prefetcher or a scanner.
//! The rules are data (`verdicts.toml`); raw hits are always kept, with the verdict beside them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What a hit is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Human,
    /// Fetched by a webmail proxy because a person opened the mail.
    Proxy,
    /// Fetched ahead of, or without, a person looking.
    Prefetch,
    /// A security gateway, link preview or robot.
    Scanner,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Proxy => "proxy",
            Self::Prefetch => "prefetch",
            Self::Scanner => "scanner",
        }
    }

    /// A person looked, directly or through a proxy.
    pub fn is_person(self) -> bool {
        matches!(self, Self::Human | Self::Proxy)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    Open,
    Click,
}

impl HitKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Click => "click",
        }
    }
}

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    pub kind: HitKind,
    pub user_agent: &'a str,
    /// HTTP method, any case.
    pub method: &'a str,
    /// Value of `Sec-Purpose`, `Purpose` or `X-Purpose`.
    pub purpose: &'a str,
    pub seconds_since_sending: Option<f64>,
    /// The other clicks on the same message: the link and how long ago, in seconds.
    pub recent_clicks: &'a [(String, f64)],
    pub url: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    verdict: Verdict,
    kinds: Option<Vec<HitKind>>,
    methods: Option<Vec<String>>,
    purpose_contains: Option<Vec<String>>,
    user_agent_is: Option<Vec<String>>,
    user_agent_contains: Option<Vec<String>>,
    within_seconds_of_sending: Option<f64>,
    distinct_links: Option<usize>,
    link_window_seconds: Option<f64>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let file: RuleFile = toml::from_str(include_str!("verdicts.toml"))
        .expect("the embedded rules are read by a test");
    file.rule
});

/// The longest window any rule looks back over, in seconds.
pub fn link_window_seconds() -> f64 {
    RULES
        .iter()
        .filter_map(|rule| rule.link_window_seconds)
        .fold(0.0, f64::max)
}

/// The verdict and the name of the rule that gave it.
pub fn judge(evidence: &Evidence<'_>) -> (Verdict, &'static str) {
    let user_agent = evidence.user_agent.trim().to_lowercase();
    RULES
        .iter()
        .find(|rule| rule.matches(evidence, &user_agent))
        .map_or((Verdict::Human, "default"), |rule| {
            (rule.verdict, rule.name.as_str())
        })
}

impl Rule {
    fn matches(&self, evidence: &Evidence<'_>, user_agent: &str) -> bool {
        fn contains(list: &Option<Vec<String>>, text: &str) -> bool {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|part| text.contains(part.as_str())))
        }
        fn is(list: &Option<Vec<String>>, text: &str) -> bool {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| text == one))
        }
        self.kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&evidence.kind))
            && is(&self.methods, &evidence.method.to_lowercase())
            && contains(&self.purpose_contains, &evidence.purpose.to_lowercase())
            && is(&self.user_agent_is, user_agent)
            && contains(&self.user_agent_contains, user_agent)
            && self.within_seconds_of_sending.is_none_or(|limit| {
                evidence
                    .seconds_since_sending
                    .is_some_and(|since| since < limit)
            })
            && self
                .distinct_links
                .is_none_or(|least| self.links_in_window(evidence) >= least)
    }

    fn links_in_window(&self, evidence: &Evidence<'_>) -> usize {
        let window = self.link_window_seconds.unwrap_or(0.0);
        let mut links: Vec<&str> = evidence
            .recent_clicks
            .iter()
            .filter(|(_, ago)| *ago <= window)
            .map(|(url, _)| url.as_str())
            .chain(evidence.url)
            .collect();
        links.sort_unstable();
        links.dedup();
        links.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";

    fn evidence(kind: HitKind, user_agent: &str) -> Evidence<'_> {
        Evidence {
            kind,
            user_agent,
            method: "GET",
            purpose: "",
            seconds_since_sending: Some(600.0),
            recent_clicks: &[],
            url: None,
        }
    }

    #[test]
    fn agents_are_told_apart() {
        use HitKind::{Click, Open};
        let cases = [
            (Open, CHROME, Verdict::Human),
            (Click, CHROME, Verdict::Human),
            (
                Open,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15",
                Verdict::Human,
            ),
            (Open, "Mozilla/5.0", Verdict::Prefetch),
            (
                Open,
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                Verdict::Proxy,
            ),
            (
                Open,
                "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
                Verdict::Proxy,
            ),
            (Click, "", Verdict::Scanner),
            (Open, "  ", Verdict::Scanner),
            (Click, "python-requests/2.32", Verdict::Scanner),
            (
                Click,
                "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
                Verdict::Scanner,
            ),
            (
                Click,
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                Verdict::Scanner,
            ),
            (Open, "WeChat/8.0 MicroMessenger", Verdict::Human),
        ];
        for (kind, user_agent, expected) in cases {
            let (verdict, rule) = judge(&evidence(kind, user_agent));
            assert_eq!(
                verdict, expected,
                "{kind:?} by {user_agent:?} (rule {rule})"
            );
        }
    }

    #[test]
    fn a_click_in_the_second_of_arrival_is_a_scanner_and_later_a_person() {
        let mut hit = evidence(HitKind::Click, CHROME);
        hit.seconds_since_sending = Some(1.2);
        assert_eq!(judge(&hit), (Verdict::Scanner, "click-on-arrival"));
        hit.seconds_since_sending = Some(3.0);
        assert_eq!(judge(&hit).0, Verdict::Human);
        hit.seconds_since_sending = None;
        assert_eq!(judge(&hit).0, Verdict::Human);
    }

    #[test]
    fn whoever_follows_every_link_at_once_is_a_scanner() {
        let clicks: Vec<(String, f64)> = (0..3)
            .map(|link| (format!("https://shop.test/{link}"), 2.0))
            .collect();
        let mut hit = evidence(HitKind::Click, CHROME);
        hit.recent_clicks = &clicks;
        hit.url = Some("https://shop.test/0");
        assert_eq!(judge(&hit).0, Verdict::Human, "three different links");
        hit.url = Some("https://shop.test/3");
        assert_eq!(judge(&hit), (Verdict::Scanner, "every-link-at-once"));
        let slow: Vec<(String, f64)> = clicks.iter().map(|(url, _)| (url.clone(), 60.0)).collect();
        hit.recent_clicks = &slow;
        assert_eq!(judge(&hit).0, Verdict::Human);
    }

    #[test]
    fn prefetch_and_head_requests_are_not_people() {
        let mut hit = evidence(HitKind::Open, CHROME);
        hit.purpose = "Prefetch;prerender";
        assert_eq!(judge(&hit).0, Verdict::Prefetch);
        let mut hit = evidence(HitKind::Click, CHROME);
        hit.method = "HEAD";
        assert_eq!(judge(&hit).0, Verdict::Scanner);
    }

    #[test]
    fn proxies_count_as_people_and_prefetchers_do_not() {
        assert!(Verdict::Human.is_person() && Verdict::Proxy.is_person());
        assert!(!Verdict::Prefetch.is_person() && !Verdict::Scanner.is_person());
        assert!(link_window_seconds() >= 10.0);
    }
}
