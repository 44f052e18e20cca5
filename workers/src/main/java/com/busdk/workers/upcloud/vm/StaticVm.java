package com.busdk.workers.upcloud.vm;

import io.vertx.core.Future;
import java.util.Map;

/**
 * A machine that is made up: it runs at the beginning, stops at once and starts at once. Its state lives in this process
 * alone: it is for looks that need no events service. Workers have one that several processes share
 * ({@link com.busdk.workers.vm.VmWorkerKind#running}). Any thread.
 */
public final class StaticVm implements VmService {
    /** The provider's name in statuses. */
    public static final String PROVIDER = "static";

    private volatile String state = VmStatus.READY;

    @Override
    public Future<VmStatus> status() {
        return Future.succeededFuture(now());
    }

    @Override
    public Future<VmStatus> start(long place) {
        state = VmStatus.READY;
        return status();
    }

    @Override
    public Future<VmStatus> stop(long place) {
        state = VmStatus.STOPPED;
        return status();
    }

    private VmStatus now() {
        return new VmStatus(state, PROVIDER, Map.of());
    }
}
