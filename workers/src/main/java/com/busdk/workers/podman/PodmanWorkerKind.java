package com.busdk.workers.podman;

import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.containers.ContainersSelfTest;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** The Podman worker: containers on the machine that it runs on. Stateless. */
public final class PodmanWorkerKind implements WorkerKind {
    /** Its name, and the default of its group. */
    public static final String NAME = "podman";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Runs the containers that events ask for with podman on this machine, and answers with what they"
                + " printed. Its token needs container:read container:run container:delete.";
    }

    @Override
    public List<WorkerFlag> flags() {
        List<WorkerFlag> flags = new ArrayList<>(PodmanOptions.FLAGS);
        flags.add(ContainerWorkers.EVENTS);
        return List.copyOf(flags);
    }

    @Override
    public WorkerSet create(WorkerContext context) {
        PodmanOptions options = PodmanOptions.read(context.flags(), context.environment());
        PodmanRunner runner = new PodmanRunner(options, context.environment());
        return ContainerWorkers.create(context, runner, options.run(), List.of(), options.maxRuns());
    }

    /** Tries quoting and the pretended runner; podman itself is not called, since that would need an image. */
    @Override
    public Future<String> selfTest(Vertx vertx) {
        return ContainersSelfTest.run(vertx).map(ignored -> "OK podman worker");
    }
}
