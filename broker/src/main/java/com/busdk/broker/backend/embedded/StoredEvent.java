package com.busdk.broker.backend.embedded;

/**
 * An event as the log has it.
 *
 * @param owner as it lies in the log, in the canonical way; empty for none
 * @param line without its line feed
 */
public record StoredEvent(long sequence, String name, String owner, String line) {}
