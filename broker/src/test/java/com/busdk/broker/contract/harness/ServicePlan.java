package com.busdk.broker.contract.harness;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * How a service is to be started: by its flags, as an operator would.
 *
 * @param folder where its data goes, if the backend keeps any
 * @param flags without the leading dashes, beyond those that choose the backend
 */
public record ServicePlan(Store store, Path folder, Map<String, String> flags) {
    public ServicePlan {
        flags = Map.copyOf(flags);
    }

    /** A plan with nothing but defaults. */
    public static ServicePlan of(Store store, Path folder) {
        return new ServicePlan(store, folder, Map.of());
    }

    /** The same with another flag. */
    public ServicePlan with(String flag, String value) {
        Map<String, String> more = new HashMap<>(flags);
        more.put(flag, value);
        return new ServicePlan(store, folder, more);
    }

    /** The same on another folder. */
    public ServicePlan in(Path other) {
        return new ServicePlan(store, other, flags);
    }

    /** All flags of one of its processes. */
    Map<String, String> allFlags(int process) {
        Map<String, String> all = new HashMap<>(store.flags(folder, process));
        all.put("addr", "127.0.0.1:0");
        all.putAll(flags);
        return all;
    }

    /** Starts it and waits until it is ready. */
    public RunningService start() {
        return RunningService.start(this);
    }
}
