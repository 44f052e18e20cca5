package com.busdk.workers.run;

import com.busdk.client.worker.Worker;
import java.util.List;

/**
 * What one worker process consists of. Immutable.
 *
 * @param workers at least one, not started
 * @param resources what they need, in the order in which they are started
 */
public record WorkerSet(List<Worker> workers, List<WorkerResource> resources) {
    /** Keeps copies. */
    public WorkerSet {
        workers = List.copyOf(workers);
        resources = List.copyOf(resources);
        if (workers.isEmpty()) {
            throw new IllegalArgumentException("a worker process has at least one worker");
        }
    }
}
