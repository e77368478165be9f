// What visitors of a website do, sent to Basalt.
//
//   <script async src="https://crm.example/collect.js" data-site="KEY"></script>
//   basalt("track", "product_viewed", { sku: "A1" })
//   basalt("identify", token)      the token is made by the API for a customer
//   basalt("consent", true)        with data-consent="wait", nothing is stored or sent before
//
// Calls that are made before this file has come are kept when the page begins with
//   <script>window.basalt = window.basalt || function () { (basalt.q = basalt.q || []).push(arguments) }</script>
(() => {
  const script = document.currentScript;
  const site = script?.dataset.site;
  if (!site) return console.error("collect.js: data-site is missing");
  const address = new URL(`collect/${site}`, script.src).href;
  const early = window.basalt?.q ?? [];
  const KEPT = 200; // events that wait for the network
  const BATCH = 50;
  let consent = script.dataset.consent !== "wait";
  let queue = [];
  let identity;
  let timer;
  let busy = false;

  const store = (area, key, value) => {
    try {
      if (value === undefined) return area.getItem(key);
      area.setItem(key, value);
    } catch {
      // Storage may be forbidden: the page is a visit of its own then.
    }
    return value;
  };
  const once = (area, key) => store(area, key) ?? store(area, key, crypto.randomUUID());
  const visitor = () => (visitor.is ??= once(localStorage, "basalt.visitor"));
  const session = () => (session.is ??= once(sessionStorage, "basalt.session"));
  const keep = () => consent && store(localStorage, `basalt.queue.${site}`, JSON.stringify(queue.slice(-KEPT)));

  const track = (type, attributes = {}) => {
    queue.push({
      event_id: crypto.randomUUID(),
      type,
      occurred_at: new Date().toISOString(),
      page: location.href.slice(0, 2000),
      referrer: document.referrer.slice(0, 2000),
      attributes,
    });
    if (consent) later(1000);
  };

  const later = (wait) => {
    timer ??= setTimeout(flush, wait);
  };

  const body = (events) => {
    const sent = { events: events.map((event) => ({ ...event, visitor: visitor(), session: session() })) };
    if (identity) sent.identity = { visitor: visitor(), token: identity };
    return JSON.stringify(sent);
  };

  const flush = async () => {
    timer = undefined;
    if (busy || !consent || (queue.length === 0 && !identity)) return;
    busy = true;
    const events = queue.slice(0, BATCH);
    let again = 0;
    try {
      // As plain text no preflight is needed; events are known by their ids, so that sending twice does no harm.
      const answer = await fetch(address, { method: "POST", body: body(events), keepalive: true });
      if (answer.status === 429 || answer.status >= 500) again = 15000;
      else {
        queue = queue.slice(events.length);
        identity = undefined;
        if (!answer.ok) console.error("collect.js:", await answer.text());
        else for (const event of (await answer.json()).refused) console.error("collect.js:", events[event.index]?.type, event.message);
        if (queue.length) again = 1;
      }
    } catch {
      again = 15000;
    }
    busy = false;
    keep();
    if (again) later(again);
  };

  const calls = {
    track,
    identify: (token) => {
      identity = token;
      if (consent) later(1);
    },
    consent: (given) => {
      consent = given;
      if (given) later(1);
      else
        for (const [area, key] of [
          [localStorage, "basalt.visitor"],
          [localStorage, `basalt.queue.${site}`],
          [sessionStorage, "basalt.session"],
        ])
          area.removeItem(key);
    },
  };
  window.basalt = (name, ...rest) => calls[name]?.(...rest) ?? undefined;

  if (consent) {
    try {
      queue = JSON.parse(store(localStorage, `basalt.queue.${site}`) ?? "[]");
    } catch {
      queue = [];
    }
  }
  if (script.dataset.pages !== "off") track("page_view", { title: document.title });
  for (const call of early) window.basalt(...call);
  addEventListener("pagehide", () => {
    // Also written down: a beacon says nothing of its fate, and what comes twice counts once.
    keep();
    if (consent && queue.length) navigator.sendBeacon(address, body(queue.slice(0, BATCH)));
  });
})();
