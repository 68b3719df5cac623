// What a script of the application can try on the gate's pages, which lie in its
// own origin. It tells all that it could read.
(() => {
  const told = [];
  const tell = (way, url, text) => told.push({way: way, url: url, text: String(text)});
  const sleep = ms => new Promise(done => setTimeout(done, ms));
  const until = async (ms, done) => {
    for (const end = Date.now() + ms; Date.now() < end && !done(); ) { await sleep(25); }
  };
  const html = d => d && d.documentElement ? d.documentElement.outerHTML : "(no document)";
  const guess = () => new URLSearchParams({step: "confirm", answer: "yes", token: "guess", lang: "en"});

  const fetched = async url => {
    const lies = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1", "Accept": "text/html"};
    const ways = {
      "fetch": {}, "fetch with cookies": {credentials: "include"}, "fetch no-cors": {mode: "no-cors"},
      "fetch that lies": {headers: lies}, "fetch anew": {cache: "reload"}, "fetch from the cache": {cache: "force-cache"},
      "fetch without following": {redirect: "manual"}, "fetch navigate": {mode: "navigate"}, "fetch kept alive": {keepalive: true},
      "post": {method: "POST", body: guess()},
    };
    for (const way in ways) {
      try {
        tell(way, url, await (await fetch(url, ways[way])).text());
      } catch (refused) {
        tell(way, url, "(" + refused.name + ")");
      }
    }
  };

  const xhr = (url, method, type) => new Promise(done => {
    const x = new XMLHttpRequest();
    x.open(method, url);
    x.responseType = type;
    x.setRequestHeader("Accept", "text/html");
    x.onloadend = () => {
      tell("XHR " + method + " " + type, url, type === "document" ? html(x.response) : x.response);
      done();
    };
    x.send(method === "POST" ? guess() : null);
  });

  const framed = async (url, tag, more) => {
    const n = document.createElement(tag);
    Object.assign(n, more, tag === "object" ? {data: url} : {src: url});
    if (tag === "embed") { n.type = "text/html"; }
    const inside = () => {
      try {
        return tag === "embed" ? window[window.length - 1] && window[window.length - 1].document : n.contentDocument;
      } catch (refused) {
        return null;
      }
    };
    let failed = false;
    n.onerror = () => { failed = true; };
    document.body.append(n);
    const path = new URL(url, location).pathname;
    await until(4000, () => failed || inside() && inside().location.pathname === path && inside().readyState === "complete");
    const d = inside();
    tell(tag + " " + Object.keys(more || {}), url, html(d));
    n.remove();
  };

  const opened = async (url, way, first) => {
    const w = window.open(first || url, "w" + Math.random());
    if (!w) { return tell(way, url, "(blocked)"); }
    const path = new URL(url, location).pathname;
    const shown = at => { try { return w.location.pathname === at && w.document.readyState === "complete"; } catch (refused) { return false; } };
    if (first) {
      await until(5000, () => shown(new URL(first, location).pathname));
      w.location = url;
    }
    await until(4000, () => w.closed || shown(path));
    let text = "(cut)";
    if (!w.closed) { try { text = html(w.document); } catch (refused) { text = "(" + refused.name + ")"; } }
    tell(way, url, text);
    try { w.close(); } catch (refused) { }
  };

  window.spy = async (url, harmless) => {
    told.length = 0;
    await Promise.all([ // before any window comes to the front: a hidden page may load no frames
      framed(url, "iframe"), framed(url, "iframe", {sandbox: "allow-same-origin allow-forms"}), framed(url, "object"),
      fetched(url), xhr(url, "GET", "text"), xhr(url, "GET", "document"), xhr(url, "POST", "text"),
    ]);
    await framed(url, "embed");
    await Promise.all([opened(url, "window"), opened(url, "window that was the application's", harmless)]);
    return told;
  };

  window.posts = async list => {
    for (const [action, fields, enctype] of list) {
      const f = document.createElement("form");
      Object.assign(f, {method: "post", action: action, target: "w" + Math.random(), enctype: enctype || "application/x-www-form-urlencoded"});
      for (const name in fields) {
        f.append(Object.assign(document.createElement("input"), {type: "hidden", name: name, value: fields[name]}));
      }
      document.body.append(f);
      f.submit();
    }
    navigator.sendBeacon("/iamsmart/logout", guess());
    navigator.sendBeacon("/iamsmart/link", guess());
    await sleep(1000);
    return "posted";
  };

  window.workers = async list => {
    const answers = [];
    for (const [script, scope] of list) {
      try {
        await navigator.serviceWorker.register(script, {scope: scope});
        answers.push(script + " for " + scope + ": installed");
      } catch (refused) {
        answers.push(script + " for " + scope + ": " + refused.name);
      }
    }
    answers.push((await navigator.serviceWorker.getRegistrations()).length + " are registered");
    return answers;
  };

  window.plant = async (names, more) => {
    for (const name of names) {
      for (const spelled of [name, name.toLowerCase(), name.toUpperCase(), "=" + name, " " + name, "\t" + name]) {
        for (const attributes of ["Path=/; Secure", "Path=/", "Secure", "Path=/iamsmart/; Secure", "Path=/; Secure; Domain=localhost", "Path=/; Secure; HttpOnly"]) {
          document.cookie = spelled + "=evil; " + attributes;
        }
      }
      try { await cookieStore.set({name: name, value: "evil", path: "/"}); } catch (refused) { }
      try { await cookieStore.delete({name: name, path: "/"}); } catch (refused) { }
    }
    for (let i = 0; i < more; i++) { document.cookie = "jar" + i + "=" + "x".repeat(40) + "; Path=/"; }
    return document.cookie;
  };
})()
