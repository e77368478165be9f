//! The three renderings of one report, in both languages. The files stay in cargo's temporary folder to be looked at.

use std::path::Path;
use std::time::Instant;

use basalt_model::Locale;
use basalt_reports::{html, pdf, xlsx};

use crate::sample;

fn keep(name: &str, bytes: &[u8]) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), bytes).expect("writable");
}

#[test]
fn pdf_is_typeset_in_both_languages() {
    let fonts = pdf::Fonts::load(Path::new("/usr/share/fonts/opentype/noto"))
        .expect("the report font is installed");
    for locale in [Locale::En, Locale::Zh] {
        let began = Instant::now();
        let file = pdf::render(&sample::report(locale), &fonts).expect("typeset");
        eprintln!("pdf {locale}: {:?}, {} bytes", began.elapsed(), file.len());
        assert!(file.starts_with(b"%PDF-"));
        keep(&format!("report-{locale}.pdf"), &file);
    }
}

#[test]
fn a_missing_font_is_named_with_its_remedy() {
    let error = pdf::Fonts::load(Path::new("/nowhere"))
        .err()
        .expect("there is no font");
    assert!(
        error.to_string().contains("apt-get install fonts-noto-cjk"),
        "{error}"
    );
}

#[test]
fn workbook_is_a_zip_of_sheets() {
    for locale in [Locale::En, Locale::Zh] {
        let file = xlsx::render(&sample::report(locale)).expect("written");
        assert!(file.starts_with(b"PK"));
        keep(&format!("report-{locale}.xlsx"), &file);
    }
}

#[test]
fn mail_body_escapes_what_comes_from_data() {
    for locale in [Locale::En, Locale::Zh] {
        let body = html::render(&sample::report(locale)).expect("written");
        assert!(!body.contains("<script>"), "a customer's name must not run");
        assert!(body.contains("&lt;script&gt;"));
        assert!(
            !body.contains("src=\"http"),
            "nothing is loaded from elsewhere"
        );
        keep(&format!("report-{locale}.html"), body.as_bytes());
        assert!(html::plain(&sample::report(locale)).contains("128,430"));
    }
}
