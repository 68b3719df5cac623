(function () {
  var box = document.getElementById("waiting");
  if (!box) { return; }
  var every = Number(box.getAttribute("data-seconds")) * 1000;
  var left = Number(box.getAttribute("data-left")) * 1000; // below 0: no end is known
  var began = Date.now(), last = began, wasHidden = false, timer;
  function say(what) {
    var text = box.getAttribute("data-" + what);
    if (text && box.textContent !== text) { box.textContent = text; }
  }
  function look() { clearInterval(timer); location.replace(box.getAttribute("data-address")); }
  function busy() {
    var at = document.activeElement;
    return at && at !== document.body && at !== document.documentElement;
  }
  function tick() {
    var now = Date.now();
    if (left >= 0 && now - began >= left) { clearInterval(timer); say("over"); return; }
    if (now - last < (document.hidden ? 6 * every : every)) { return; }
    if (!document.hidden && busy()) { say("paused"); return; } // a new page would take the focus away
    last = now;
    look();
  }
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) { wasHidden = true; return; }
    if (wasHidden && (left < 0 || Date.now() - began < left)) { setTimeout(look, 500); }
  });
  timer = setInterval(tick, 1000);
})();