(function () {
  var row = document.getElementById("show");
  var box = document.getElementById("shown");
  var fields = box && box.form.querySelectorAll("input[type=password]");
  if (!row || !fields || !fields.length) { return; }
  function apply() {
    for (var i = 0; i < fields.length; i++) { fields[i].type = box.checked ? "text" : "password"; }
  }
  function hide() { box.checked = false; apply(); }
  box.addEventListener("change", apply);
  box.form.addEventListener("submit", hide);
  window.addEventListener("pageshow", hide);
  row.hidden = false;
})();