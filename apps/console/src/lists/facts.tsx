import type { ReactNode } from 'react';
import './facts.css';

/** List of `Fact` components, one on each line. */
export function FactList({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

interface FactProps {
  name: string;
  className?: 'foreign' | 'mono';
  children: ReactNode;
}

/** A value with its name; renders nothing if there is no value. */
export function Fact({ name, className, children }: FactProps) {
  if (children === null || children === undefined || children === false || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd className={className}>{children}</dd>
    </div>
  );
}

/** Facts whose values are texts; those without a value are left out. */
export function TextFacts({ facts }: { facts: readonly (readonly [name: string, value: string | null])[] }) {
  return facts.map(([name, value]) => (
    <Fact key={name} name={name} className="foreign">
      {value}
    </Fact>
  ));
}

interface PairsProps {
  /** Names that the console did not write, each with its value. */
  pairs: readonly (readonly [name: string, value: ReactNode])[];
  isMono?: boolean;
}

/**
 * Names and values that the console did not write, such as headers. A value that is a text is shown in its own writing
 * direction.
 */
export function Pairs({ pairs, isMono = false }: PairsProps) {
  return (
    <dl className={isMono ? 'pairs mono' : 'pairs'}>
      {pairs.map(([name, value], index) => (
        <div key={index}>
          <dt className="foreign">{name}</dt>
          <dd className={typeof value === 'string' ? 'foreign' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
