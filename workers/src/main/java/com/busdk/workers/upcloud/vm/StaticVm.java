package com.busdk.workers.upcloud.vm;

import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A machine that is made up: it runs at the beginning, stops at once and starts at once. Its state lives in this process
 * alone; {@code bus integration vm} has one that several processes share. Any thread.
 */
public final class StaticVm implements VmService {
    /** The provider's name in statuses. */
    public static final String PROVIDER = "static";

    private final AtomicReference<String> state = new AtomicReference<>(VmStatus.READY);

    @Override
    public Future<VmStatus> status() {
        return Future.succeededFuture(now());
    }

    @Override
    public Future<VmStatus> start() {
        state.set(VmStatus.READY);
        return status();
    }

    @Override
    public Future<VmStatus> stop() {
        state.set(VmStatus.STOPPED);
        return status();
    }

    private VmStatus now() {
        return new VmStatus(state.get(), PROVIDER, Map.of());
    }
}
