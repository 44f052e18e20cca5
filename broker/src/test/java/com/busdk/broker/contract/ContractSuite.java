package com.busdk.broker.contract;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.Store;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One topic of the contract, against every backend. The tests of a class share one service with default options, and
 * keep apart by the name of their events, which is another for each; a test that needs other options starts a service
 * of its own. Where the service is two processes, no test can count on two requests to go to the same one, unless it asks
 * for {@link Caller#toOneProcess}, and says why.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(Store.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ContractSuite {
    /** Where envelopes go. */
    static final String EVENTS = Caller.EVENTS;

    private static final AtomicInteger NAMES = new AtomicInteger();

    @Parameter
    Store store;

    /** Of the class that runs now; an instance's would come too late for the shared service. */
    @TempDir
    static Path folder;

    /** Shared by all tests of the class. */
    RunningService service;

    /** May send and listen to names that have no scope of their own, and sees all identities. */
    Caller caller;

    /** An event name that no other test uses. */
    String name;

    @BeforeParameterizedClassInvocation
    void startService() {
        Assumptions.assumeTrue(
                store.available(),
                "nats-server is not installed, or this is CI, which has time for a pair of services alone");
        service = plan().start();
        caller = service.service();
    }

    @AfterParameterizedClassInvocation
    void stopService() {
        if (service != null) { // else it did not start
            service.close();
        }
    }

    @BeforeEach
    void takeName() {
        name = freshName();
    }

    /** The options of the shared service. */
    ServicePlan plan() {
        return freshPlan();
    }

    /** Defaults, on a folder that nobody else uses. */
    final ServicePlan freshPlan() {
        return ServicePlan.of(store, folder.resolve("data-" + NAMES.incrementAndGet()));
    }

    /** A further name for a test that needs several. */
    static String freshName() {
        return "test.n" + NAMES.incrementAndGet();
    }

    /** An envelope of the test's name with that payload. */
    final String event(String payload) {
        return "{\"name\":\"" + name + "\",\"payload\":" + payload + "}";
    }

    /** An envelope of the test's name with these further members, such as {@code "key":"a"}. */
    final String event(String payload, String members) {
        return "{\"name\":\"" + name + "\"," + members + ",\"payload\":" + payload + "}";
    }

    /** The query of everything that was published under the test's name up to now. */
    final String history() {
        return "name=" + name + "&follow=false";
    }
}
