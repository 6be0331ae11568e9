/**
 * Returns Log4j settings as YAML, with which a broker logs one line when it has started, and otherwise only warnings
 * and errors.
 * @param auditFile file to which the authorizer writes what it allows and denies; none by default
 */
export function kafkaLogging(auditFile?: string): string {
  const audit = auditFile === undefined ? { appender: '', logger: '' } : auditTo(auditFile);
  return `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
${audit.appender}  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: kafka.server.KafkaRaftServer
        level: INFO
${audit.logger}`;
}

/** Returns the settings that write the audit log to a file, and only there. */
function auditTo(file: string): { appender: string; logger: string } {
  return {
    appender: `    File:
      name: AUDIT
      fileName: ${JSON.stringify(file)}
      PatternLayout:
        pattern: "%m%n"
`,
    logger: `      - name: kafka.authorizer.logger
        level: DEBUG
        additivity: false
        AppenderRef:
          - ref: AUDIT
`,
  };
}
