// Shows the OpenAPI document: operations by tag, with parameters, bodies and answers.
"use strict";

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

/** A schema in a few lines, references followed a few levels down. */
const outline = (root, schema, depth = 0) => {
  if (!schema) return "any";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    const target = root.components.schemas[name];
    return depth > 2 || !target ? name : outline(root, target, depth + 1);
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const variants = schema.oneOf || schema.anyOf || schema.allOf;
  if (variants) return variants.map((variant) => outline(root, variant, depth)).join(schema.allOf ? " & " : " | ");
  const kinds = [].concat(schema.type || []);
  if (kinds.includes("array")) return `[${outline(root, schema.items, depth)}]`;
  if (schema.properties) {
    const indent = "  ".repeat(depth + 1);
    const required = new Set(schema.required || []);
    const lines = Object.entries(schema.properties).map(
      ([name, property]) => `${indent}${name}${required.has(name) ? "" : "?"}: ${outline(root, property, depth + 1)}`,
    );
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  return kinds.join(" | ") + (schema.format ? ` (${schema.format})` : "") || "any";
};

const schemaOf = (holder) => Object.values((holder && holder.content) || {})[0]?.schema;

const parameterTable = (parameters) =>
  element(
    "table",
    {},
    ...parameters.map((p) =>
      element(
        "tr",
        {},
        element("td", {}, element("code", { textContent: p.name })),
        element("td", { className: "quiet", textContent: p.in + (p.required ? ", required" : "") }),
        element("td", { textContent: p.description || "" }),
      ),
    ),
  );

const operationView = (root, method, path, operation) => {
  const details = element("div", {});
  if (operation.description) details.append(element("p", { textContent: operation.description }));
  if (operation.parameters?.length) details.append(parameterTable(operation.parameters));
  const request = schemaOf(operation.requestBody);
  if (request) details.append(element("p", { textContent: "Body" }), element("pre", { textContent: outline(root, request) }));
  for (const [status, response] of Object.entries(operation.responses)) {
    if (status === "default") continue;
    details.append(element("p", { textContent: `${status} ${response.description || ""}` }));
    const schema = schemaOf(response);
    if (schema) details.append(element("pre", { textContent: outline(root, schema) }));
  }
  const summary = element(
    "summary",
    {},
    element("span", { className: "method", textContent: method.toUpperCase() }),
    element("code", { textContent: path }),
    element("span", { className: "quiet", textContent: operation.summary || "" }),
  );
  const view = element("details", {}, summary, details);
  view.dataset.text = `${method} ${path} ${operation.summary || ""}`.toLowerCase();
  return view;
};

const show = (root) => {
  document.getElementById("about").textContent = root.info.description || "";
  const groups = new Map();
  for (const [path, item] of Object.entries(root.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] || "other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(root, method, path, operation));
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren(...[...groups].map(([tag, views]) => element("section", {}, element("h2", { textContent: tag }), ...views)));
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const section of main.children) {
      let any = false;
      for (const view of section.querySelectorAll("details")) {
        view.hidden = !view.dataset.text.includes(wanted);
        any ||= !view.hidden;
      }
      section.hidden = !any;
    }
  });
};

fetch("/api/v1/openapi.json")
  .then((response) => response.json())
  .then(show)
  .catch((error) => {
    document.getElementById("operations").textContent = `The document could not be read: ${error}`;
  });
