import { ActionButton } from '../shell/action-button.tsx';
import { texts } from '../texts.ts';
import type { EndpointRow } from './endpoint-rows.ts';
import { useEndpointAction } from './use-endpoints.ts';

const { actions } = texts.endpoints;

/** Buttons that pause or resume an endpoint, or reset a circuit that is not closed. */
export function EndpointActions({ row }: { row: EndpointRow }) {
  const act = useEndpointAction();
  const { endpoint } = row;
  const button = (action: keyof typeof actions) => {
    const { label, title, text, submit } = actions[action];
    return (
      <ActionButton
        label={label}
        confirm={{ title, text: `${endpoint}\n\n${text}`, submit }}
        run={() => act(action, endpoint)}
      />
    );
  };
  return (
    <>
      {row.paused_by_account ? button('resume') : button('pause')}
      {row.breaker_state !== 'closed' && button('reset')}
    </>
  );
}
