// One box to go anywhere: pages, lists, new records, and records found by name.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Named } from "@/api/companions";
import { shortListQuery } from "@/api/records";
import { searchQuery } from "@/api/search";
import { useLocale } from "@/i18n";
import { type Dictionary, labelIn, labelWithin, titleOf } from "@/model/dictionary";
import styles from "./command-menu.module.css";
import { useAnalysisPages } from "./navigation";
import { iconOf } from "./object-icon";

interface Place {
  key: string;
  icon: string;
  text: string;
  open: () => void;
}

/** Objects whose records are also found by a part from the middle of a word. */
const SEARCHED = ["customer", "contact", "order", "product", "campaign", "segment"];

export default function CommandMenu({ dictionary, onClose }: { dictionary: Dictionary; onClose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const analysisPages = useAnalysisPages();
  const [text, setText] = useState("");
  const [picked, setPicked] = useState("");
  const query = useDeferredValue(text.trim());

  const searched = dictionary.objects.filter((object) => SEARCHED.includes(object.name));
  const hits = useQuery({ ...searchQuery(query), placeholderData: (before) => before });
  const parts = useQueries({
    queries: searched.map((object) => ({
      ...shortListQuery({ resource: object.resource, q: query, size: 5, fields: [object.title] }),
      enabled: query.length > 0,
    })),
  });

  const go = (open: () => unknown) => () => {
    onClose();
    void open();
  };

  const places: Place[] = [
    { key: "home", icon: "home", text: t("nav.home"), open: go(() => navigate({ to: "/" })) },
    ...dictionary.objects.map((object) => ({
      key: object.name,
      icon: object.name,
      text: labelIn(object.label_plural, locale),
      open: go(() => navigate({ to: "/$resource", params: { resource: object.resource } })),
    })),
    ...analysisPages.map(({ to, key, icon }) => ({ key, icon, text: t(key), open: go(() => navigate({ to })) })),
  ];
  const creations: Place[] = dictionary.objects
    .filter((object) => object.rights.create)
    .map((object) => ({
      key: `new ${object.name}`,
      icon: object.name,
      text: t("record.newOf", { object: labelWithin(object.label, locale) }),
      open: go(() => navigate({ to: "/$resource/new", params: { resource: object.resource } })),
    }));

  const records = !query
    ? []
    : merged(
        hits.data ?? [],
        searched.flatMap((object, index) =>
          (parts[index]?.data?.items ?? []).map((record) => ({
            object: object.name,
            resource: object.resource,
            id: record.id,
            title: titleOf(object, record),
          })),
        ),
      );
  const found = dictionary.objects.filter((object) => records.some((record) => record.object === object.name));
  const shown = [
    ...found.flatMap((object) => records.filter((record) => record.object === object.name)).map(recordKey),
    ...matching(places, query).map(({ key }) => key),
    ...matching(creations, query).map(({ key }) => key),
  ];

  return (
    <Command.Dialog
      value={shown.includes(picked) ? picked : (shown[0] ?? "")}
      onValueChange={setPicked}
      open
      onOpenChange={(open) => !open && onClose()}
      label={t("shell.find")}
      overlayClassName={styles.backdrop}
      contentClassName={styles.panel}
      shouldFilter={false}
    >
      <Command.Input value={text} onValueChange={setText} placeholder={t("find.placeholder")} />
      <Command.List className={styles.list}>
        <Command.Empty className={styles.empty}>{t("find.nothing", { query: text })}</Command.Empty>
        {found.map((object) => (
          <Command.Group key={object.name} heading={labelIn(object.label_plural, locale)}>
            {records
              .filter((record) => record.object === object.name)
              .map((record) => (
                <Command.Item
                  key={record.id}
                  className={styles.item}
                  value={recordKey(record)}
                  onSelect={go(() =>
                    navigate({
                      to: "/$resource/$id",
                      params: { resource: record.resource, id: String(record.id) },
                    }),
                  )}
                >
                  {iconOf(object.name)} {record.title}
                </Command.Item>
              ))}
          </Command.Group>
        ))}
        <Places heading={t("find.goTo")} places={places} text={query} />
        <Places heading={t("find.create")} places={creations} text={query} />
      </Command.List>
    </Command.Dialog>
  );
}

function recordKey({ object, id }: Named): string {
  return `${object} ${id}`;
}

/** Hits by words first, then those by a part, each record once. */
function merged(hits: Named[], parts: Named[]): Named[] {
  const known = new Set(hits.map(recordKey));
  return [...hits, ...parts.filter((part) => !known.has(recordKey(part)))];
}

/** Those whose name has all typed words. */
function matching(places: Place[], text: string): Place[] {
  const words = text.toLowerCase().split(/\s+/);
  return places.filter((place) => words.every((word) => place.text.toLowerCase().includes(word)));
}

function Places({ heading, places, text }: { heading: string; places: Place[]; text: string }) {
  const found = matching(places, text);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={heading}>
      {found.map((place) => (
        <Command.Item key={place.key} className={styles.item} value={place.key} onSelect={place.open}>
          {iconOf(place.icon)} {place.text}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
