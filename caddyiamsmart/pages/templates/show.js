(function () {
  var row = document.getElementById("show");
  var box = document.getElementById("shown");
  var field = box && box.form.querySelector("input[type=password]");
  if (!row || !field) { return; }
  function apply() { field.type = box.checked ? "text" : "password"; }
  function hide() { box.checked = false; apply(); }
  box.addEventListener("change", apply);
  field.form.addEventListener("submit", hide);
  window.addEventListener("pageshow", hide);
  row.hidden = false;
})();