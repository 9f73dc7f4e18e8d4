/**
 * The script of the reference page. Swagger UI is started without its own top bar, and what assistive technology cannot use is
 * replaced: a link inside of a button, and the choice between servers where there is one.
 */
export const referenceScript = `'use strict';

function accessible() {
  return {
    wrapComponents: {
      DeepLink: (_original, { React }) => ({ text }) => React.createElement('span', null, text),
      InfoContainer: (Original, { React }) => (properties) =>
        React.createElement('section', { 'aria-label': 'About the API' }, React.createElement(Original, properties)),
      ServersContainer: () => () => null,
    },
  };
}

function nameOf(field) {
  const row = field.closest('tr[data-param-name]');
  if (row !== null) return row.dataset.paramName;
  if (field.closest('.responses-wrapper') !== null) return 'Media type of the response';
  return field.matches('select') ? 'Media type of the request body' : 'Request body';
}

/** Names fields that have no label, and lets the keyboard scroll the examples. */
function complete() {
  const fields = root.querySelectorAll(':is(select, textarea, input):not([aria-label], [aria-labelledby])');
  for (const field of fields) if (field.labels.length === 0) field.setAttribute('aria-label', nameOf(field));
  for (const code of root.querySelectorAll('pre:not([tabindex])')) code.tabIndex = 0;
  for (const tag of root.querySelectorAll(':is(h3.opblock-tag, .models > h4):not([aria-level])')) tag.setAttribute('aria-level', '2');
  for (const title of root.querySelectorAll('.opblock h4:not([aria-level])'))
    title.setAttribute('aria-level', '3');
  for (const table of root.querySelectorAll('table[role=region]')) table.removeAttribute('role');
}

const root = document.getElementById('reference');
new MutationObserver(complete).observe(root, { childList: true, subtree: true });

window.ui = SwaggerUIBundle({
  domNode: root,
  url: new URL('json', document.baseURI).href,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [accessible],
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;
