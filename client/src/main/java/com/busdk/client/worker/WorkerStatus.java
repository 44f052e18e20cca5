package com.busdk.client.worker;

/**
 * How a worker fares, for health and metrics.
 *
 * @param connected whether every instance has its stream open
 * @param inHand requests that are being worked on
 * @param answered requests that were answered, with or without an error
 * @param failed those of them that were answered with an error
 * @param redelivered requests that came again while this process worked on them or after it had answered
 */
public record WorkerStatus(boolean connected, int inHand, long answered, long failed, long redelivered) {}
