/** The page itself. All URLs are relative, so it works below the path of any proxy. */
export const referenceDocument = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Mathmill API</title>
    <link rel="icon" type="image/svg+xml" href="static/theme/mill.svg" />
    <link rel="stylesheet" href="static/swagger-ui.css" />
    <link rel="stylesheet" href="static/theme/reference.css" />
    <script defer src="static/swagger-ui-bundle.js"></script>
    <script defer src="static/theme/reference.js"></script>
  </head>
  <body>
    <header class="bar">
      <nav aria-label="Mathmill">
        <a class="brand" href="../"><img src="static/theme/mill.svg" alt="" width="24" height="24" />Mathmill</a>
        <a href="../openapi.json">OpenAPI document</a>
      </nav>
    </header>
    <div id="reference"></div>
  </body>
</html>
`;

/** The sign of Mathmill, as the web page shows it. */
export const sign =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b6bcb"/><g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"><circle cx="16" cy="16" r="3.2"/><path d="M16 12.8V5.5l5 3.2M19.2 16h7.3l-3.2 5M16 19.2v7.3l-5-3.2M12.8 16H5.5l3.2-5"/></g></svg>';
