//! Makes sure there is a `web/dist` to embed: without a built web application, a page that says how to build it.

use std::{fs, io, path::Path};

const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Basalt</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:12vh auto;padding:0 1.5rem;color:#1d2733}code{background:#eef1f4;padding:.1em .4em;border-radius:4px}</style>
<h1>Basalt is running</h1>
<p>The web application is not part of this build yet. Build it once and restart:</p>
<p><code>cd api/web &amp;&amp; npm ci &amp;&amp; npm run build</code></p>
<p>The REST interface works already: <a href="/api/docs">/api/docs</a>.</p>
<p lang="zh-CN">本次构建尚未包含网页应用。请先执行上面的命令,然后重新启动。REST 接口已可使用。</p>
</html>
"#;

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist");
    let index = dist.join("index.html");
    if !index.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&index, PLACEHOLDER)?;
        // Older than every source, so that make still sees that the application has to be built.
        fs::File::options()
            .append(true)
            .open(&index)?
            .set_modified(std::time::UNIX_EPOCH)?;
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=web/dist/index.html");
    Ok(())
}
