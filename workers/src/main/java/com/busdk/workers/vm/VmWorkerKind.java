package com.busdk.workers.vm;

import com.busdk.client.config.Settings;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The VM worker with the static machine. Stateless. */
public final class VmWorkerKind implements WorkerKind {
    /** Its name, and the default of its group. */
    public static final String NAME = "vm";

    private static final String START_TIME = "vm-start-time";

    /** Long enough to be seen, short enough to wait for. */
    private static final Duration DEFAULT_START_TIME = Duration.ofSeconds(2);

    private final Clock clock;

    /** With the system's clock. */
    public VmWorkerKind() {
        this(Clock.systemUTC());
    }

    /**
     * With another clock, which decides when a machine that starts is ready.
     *
     * @param clock a clock near that of the events service
     */
    public VmWorkerKind(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Answers VM events with a machine that is only pretended: stopped, starting, ready, stopped. A start or"
                + " stop counts for 7 days, as long as the events service retains it by default. For a real machine see"
                + " bus integration upcloud. Its token needs vm:read vm:write.";
    }

    @Override
    public List<WorkerFlag> flags() {
        return List.of(WorkerFlag.value(
                START_TIME, "DURATION", "how long the machine is starting (BUS_VM_START_TIME); default 2s"));
    }

    @Override
    public WorkerSet create(WorkerContext context) {
        Duration startTime = new Settings("BUS_", context.flags(), context.environment())
                .durationOrSeconds(START_TIME, DEFAULT_START_TIME);
        return workers(context, clock, startTime, StaticMachine.STOPPED);
    }

    /**
     * Workers for a machine that runs at first, and starts at once: what the UpCloud worker has in the place of a cloud.
     *
     * @param context what they are made of; its own flags are not looked at
     * @return the workers and what they need, not started
     */
    public static WorkerSet running(WorkerContext context) {
        return workers(context, Clock.systemUTC(), Duration.ZERO, StaticMachine.STOPPED.started(Instant.EPOCH));
    }

    private static WorkerSet workers(WorkerContext context, Clock clock, Duration startTime, StaticMachine atFirst) {
        StaticVms vms = new StaticVms(
                context.vertx(), context.client(), context.settings().retry(), clock, startTime, atFirst);
        return new WorkerSet(
                context.workers(
                        new VmHandler(vms),
                        List.of(WorkerContext.Part.of(StaticVms.STATUS, StaticVms.START, StaticVms.STOP))),
                List.of(vms.history()));
    }

    @Override
    public Future<String> selfTest(Vertx vertx) {
        Instant start = Instant.EPOCH;
        StaticMachine started = StaticMachine.STOPPED.started(start);
        boolean right = StaticMachine.STOPPED.state(start, DEFAULT_START_TIME) == VmState.STOPPED
                && started.state(start, DEFAULT_START_TIME) == VmState.STARTING
                && started.state(start.plus(DEFAULT_START_TIME), DEFAULT_START_TIME) == VmState.READY
                && started.stopped().state(start, DEFAULT_START_TIME) == VmState.STOPPED;
        return right
                ? Future.succeededFuture("OK vm worker")
                : Future.failedFuture(new IllegalStateException("the static machine does not go through its states"));
    }
}
