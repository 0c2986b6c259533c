"use strict";
(function () {
  const config = { responsive: true, displayModeBar: false };
  const drawn = [];
  for (const holder of document.querySelectorAll(".plot[data-plot]")) {
    const data = document.getElementById("data-" + holder.dataset.plot);
    const figure = JSON.parse(data.textContent);
    Plotly.newPlot(holder, figure.data, figure.layout, config);
    drawn.push(holder);
  }
  const fit = (width) => drawn.forEach((holder) => Plotly.relayout(holder, { width: width, autosize: !width }));
  window.addEventListener("beforeprint", () => fit(640));
  window.addEventListener("afterprint", () => fit(null));
})();
