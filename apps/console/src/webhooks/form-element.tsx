import { WebhookForm } from '@hookline/webhook-form';
import type { WebhookFormClient } from '@hookline/webhook-form/host/form-client';
import { useEffect, useRef } from 'react';
import { useLatest } from '../shell/use-latest.ts';
import { texts } from '../texts.ts';
import type { LastExecution } from './use-last-execution.ts';
import './form-element.css';

/** Fields of a webhook or a draft that the page uses outside of the form. */
export interface SavedWebhook {
  id: string;
  /** Set only for a published webhook. */
  version?: number;
  /** Set only for a draft; null if nothing is published. */
  published_version?: number | null;
}

interface FormElementProps {
  client: WebhookFormClient;
  last: LastExecution | null;
  /** Called with the element once it is in the page, and with null when it is removed. */
  onElement: (form: WebhookForm | null) => void;
  onSaved: (saved: { webhook: SavedWebhook }) => void;
}

/** The form of a webhook in the colours of the console. It is a web component (ADR 46). */
export function FormElement({ client, last, onElement, onSaved }: FormElementProps) {
  const host = useRef<HTMLDivElement>(null);
  const element = useRef<WebhookForm>(null);
  const savedBy = useLatest(onSaved);
  useEffect(() => {
    const form = new WebhookForm();
    form.client = client;
    form.addEventListener('hookline-saved', (event) => {
      savedBy.current((event as CustomEvent<Parameters<typeof onSaved>[0]>).detail);
    });
    host.current?.append(form);
    element.current = form;
    onElement(form);
    return () => {
      form.remove();
      onElement(null);
    };
  }, [client, onElement, savedBy]);
  useEffect(() => {
    const form = element.current;
    if (!form || !last) return;
    form.hostSample =
      last.context === null ? null : { name: texts.webhooks.form.lastExecution, context: last.context };
    form.sampleResponse = last.answer;
  }, [last]);
  return <div className="webhook-form" ref={host} />;
}
