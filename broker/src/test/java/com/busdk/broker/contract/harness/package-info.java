/**
 * What the suites of the contract stand on: starting and ending a service, tokens, HTTP callers, streams that can be
 * awaited, and a raw socket for what a client library would not send. Everything here is used from the test's thread;
 * streams read on a thread of their own and hand over through a queue.
 */
@NullMarked
package com.busdk.broker.contract.harness;

import org.jspecify.annotations.NullMarked;
