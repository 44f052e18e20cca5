/**
 * The Events API from outside: each class takes one topic of the contract and tests it sentence by sentence over HTTP,
 * on every backend of {@link com.busdk.broker.contract.harness.Store}. The tests know paths, headers and bodies; what
 * the service is made of they do not know. They run on the test's thread, the service on its own event loops.
 */
@NullMarked
package com.busdk.broker.contract;

import org.jspecify.annotations.NullMarked;
