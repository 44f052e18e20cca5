package com.busdk.broker.fault;

import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.Store;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A service in a process of its own: prints its port, and runs until its standard input ends, so that it never outlives
 * the test. Arguments: the data folder, then flags as {@code name=value}.
 */
final class ServiceMain {
    private ServiceMain() {}

    public static void main(String[] arguments) throws IOException {
        ServicePlan plan = ServicePlan.of(Store.FILE, Path.of(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            plan = plan.with(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        RunningService service = plan.start();
        System.out.println("port " + service.port());
        while (System.in.read() >= 0) {
            // what is written to it means nothing
        }
        Runtime.getRuntime().halt(0);
    }
}
