/** On top of Swagger UI's own style, whose grays and colors of methods have too little contrast for small letters. */
export const referenceStyle = `
:root {
  color-scheme: light dark;
  --text: #24292f;
  --muted: #57606a;
  --page: #fff;
  --panel: #f6f8fa;
  --line: #d0d7de;
  --accent: #015887;
  --get: #0b5cad;
  --post: #116329;
  --delete: #a40e26;
  --danger: #a40e26;
  --code: #1c2128;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3;
    --muted: #a9b3be;
    --page: #13171f;
    --panel: #1c2330;
    --line: #3a4452;
    --accent: #7cc4f5;
    --get: #2f6fb3;
    --post: #23763a;
    --delete: #b62a3a;
    --danger: #ff9a9a;
  --code: #0d1117;
  }
}
html,
body {
  background: var(--page);
}
body {
  margin: 0;
  color: var(--text);
  font-family: system-ui, sans-serif;
}
.bar {
  border-bottom: 1px solid var(--line);
}
.bar nav {
  display: flex;
  align-items: center;
  justify-content: space-between;
  flex-wrap: wrap;
  gap: 0.5rem 1.5rem;
  max-width: 1460px;
  margin: 0 auto;
  padding: 0.75rem 20px;
}
.bar a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}
.bar .brand {
  display: inline-flex;
  align-items: center;
  gap: 0.6rem;
  color: var(--text);
  font-weight: 600;
  text-decoration: none;
}
:is(.bar, .swagger-ui) :is(a, button, input, select, textarea, pre):focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}

.swagger-ui {
  color: var(--text);
}
.swagger-ui :is(div, section, table, tr, th, td, p, ul, li, h1, h2, h3, h4, h5, label, span, small, code, b, i, strong, em):not(pre *, .opblock-summary-method) {
  border-color: var(--line);
  color: inherit !important;
}
.swagger-ui svg {
  fill: currentColor;
}
.swagger-ui :is(.opblock-tag, .info, .opblock, .scheme-container, .model, .tab, .parameter__name, table, label, h1, h2, h3, h4, h5),
.swagger-ui :is(.info .title, .opblock-summary-path, .opblock-summary-description, .opblock-description-wrapper p) {
  font-family: inherit;
}
.swagger-ui .renderedMarkdown p {
  font-size: 0.875rem;
  line-height: 1.45;
}
.swagger-ui .info {
  margin: 2rem 0 0;
}
.swagger-ui .info :is(p, li, .title),
.swagger-ui .renderedMarkdown p {
  color: var(--text);
}
/* What is always empty here: the choice of a server, and the links of responses. */
.swagger-ui .scheme-container,
.swagger-ui .response-col_links,
.swagger-ui .info .link,
.swagger-ui .info .title small.version-stamp {
  display: none;
}
.swagger-ui .info .title small[class],
.swagger-ui .info .title small {
  background: var(--panel);
  border: 1px solid var(--line);
}
.swagger-ui .info .title small pre {
  color: var(--text);
}
.swagger-ui a,
.swagger-ui .info a {
  color: var(--accent);
}
.swagger-ui .opblock-tag {
  border-color: var(--line);
  color: var(--text);
  font-size: 1.3rem;
}
.swagger-ui .opblock-tag small,
.swagger-ui :is(.opblock-summary-description, .parameter__in, .parameter__deprecated, .prop-format),
.swagger-ui :is(.response-col_links, .response-control-media-type__accept-message, .model-hint) {
  color: var(--muted) !important;
}

.swagger-ui .opblock[class] {
  margin: 0 0 0.5rem;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--page);
  box-shadow: none;
}
.swagger-ui .opblock .opblock-summary[class] {
  border-color: var(--line);
}
.swagger-ui .opblock .opblock-summary-method {
  border-radius: 4px;
  color: #fff;
  text-shadow: none;
}
.swagger-ui .opblock.opblock-get .opblock-summary-method {
  background: var(--get);
}
.swagger-ui .opblock.opblock-post .opblock-summary-method {
  background: var(--post);
}
.swagger-ui .opblock.opblock-delete .opblock-summary-method {
  background: var(--delete);
}
.swagger-ui .opblock .opblock-summary-path {
  color: var(--text);
  font-family: ui-monospace, monospace;
}
.swagger-ui .opblock .opblock-section-header {
  background: var(--panel);
  box-shadow: none;
}
.swagger-ui .parameter__name.required::after,
.swagger-ui .parameter__name.required span,
.swagger-ui :is(.star, .errors) {
  color: var(--danger) !important;
}
.swagger-ui :is(select, textarea, input[type='text'], input[type='file']) {
  border: 1px solid var(--muted);
  border-radius: 4px;
  background-color: var(--page);
  box-shadow: none;
  color: var(--text);
}
.swagger-ui :is(select, textarea, input)[disabled] {
  color: var(--muted);
  opacity: 1;
}
.swagger-ui .btn {
  border-color: var(--muted);
  background: transparent;
  box-shadow: none;
  color: var(--text);
}
.swagger-ui .btn.execute {
  border-color: var(--get);
  background: var(--get);
  color: #fff;
}
.swagger-ui .btn.cancel {
  border-color: currentColor;
  color: var(--danger);
}
.swagger-ui :is(pre.microlight, .microlight, .curl, .highlight-code > .microlight) {
  border-radius: 6px;
  background: var(--code) !important;
}
.swagger-ui section.models {
  border-color: var(--line);
}
.swagger-ui .response-control-media-type--accept-controller select {
  border-color: var(--post);
}
`;
