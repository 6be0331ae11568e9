import type { ContextField } from '../fields/context-fields.ts';
import type { MappingTools } from '../mapping/try-mapping.ts';
import type { FormState } from '../model/form-state.ts';
import type { StoredSecret } from '../model/stored-webhook.ts';
import type { RequestPreview } from '../request/preview-request.ts';
import type { HostSample, SampleName } from '../request/samples.ts';
import type { Translate } from '../texts/texts.ts';

/** Place where the picker inserts a merge field. */
export interface InsertTarget {
  /** Label of the field, for the picker's title. */
  label: string;
  insert(markup: string): void;
  focus(): void;
}

/**
 * State and functions for the sections of the form, which are stateless. The element implements this interface.
 */
export interface FormView {
  readonly state: FormState;
  readonly stored: StoredSecret | null;
  readonly isDisabled: boolean;
  readonly fields: readonly ContextField[];
  readonly t: Translate;
  /** Language tag (BCP 47) for formatting times. */
  readonly locale: string | undefined;
  /** Wait before the first retry in this deployment. */
  readonly baseWaitMs: number;
  readonly sample: SampleName;
  readonly samples: readonly SampleName[];
  readonly hostSample: HostSample | null;
  readonly preview: RequestPreview;
  /** Response on which mappings are tried. */
  readonly sampleAnswer: string;
  readonly lastAnswer: string | null;
  /** Null until the tools have been loaded for the first mapping. */
  readonly mappingTools: MappingTools | null;
  /** Returns the problem of a field; undefined if the field is valid or its problem is not shown yet. */
  problemOf(path: string): string | undefined;
  /** Returns the description of a field from the host or the schema; empty if there is none. */
  descriptionOf(path: string): string;
  isHelpOpen(path: string): boolean;
  toggleHelp(path: string): void;
  change(changes: Partial<FormState>): void;
  choose(choice: { sample?: SampleName; sampleAnswer?: string }): void;
  pickField(target: InsertTarget): void;
  /** Sets the element that contains the payload's editor. */
  payloadHost(host: Element | undefined): void;
  focusPayload(): void;
  insertIntoPayload(markup: string): void;
}
