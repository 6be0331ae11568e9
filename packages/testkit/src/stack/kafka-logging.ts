/**
 * Log4j's settings for a broker, as YAML: one line when it is up, else only what is wrong.
 * @param auditFile where the authorizer writes what it allows and denies, if that is wanted
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

/** To a file of its own, and nowhere else. */
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
