package com.busdk.client.events;

/**
 * The hub's answer to a publish: the event is durable.
 *
 * @param id the event's id
 * @param name its name
 * @param sequence its position in the log
 * @param duplicate true if its idempotency key was known: the id is that of the first one, and nothing was published
 */
public record PublishReceipt(String id, String name, long sequence, boolean duplicate) {}
