package com.busdk.workers.containers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;

/**
 * Where containers run. Methods are called on event loops and must not block; their futures may complete on any thread.
 * What is meant for the caller fails as an {@link com.busdk.client.http.ApiException}: {@code timeout}, {@code cancelled},
 * {@code container_error}, {@code unavailable}, …. One that ran until its time was over, or until it was cancelled, fails as
 * an {@link EndedRun}, which says for how long; where that is not known, or nothing ran, it is the error alone.
 */
public interface ContainerBackend {
    /**
     * Runs a container to its end. A run that is in hand here already is not begun again: it is refused with
     * {@code conflict}.
     *
     * @param run what to run
     * @return what became of it; fails with {@code timeout} if it took longer than it may, with {@code cancelled} after
     *     {@link #cancel}
     */
    Future<RunResult> run(RunRequest run);

    /**
     * Ends a run that is in hand here, and its container.
     *
     * @param runId the run; nothing happens if it is not in hand here
     * @return completes when that is under way
     */
    Future<Void> cancel(String runId);

    /**
     * Ends what another worker, which may be dead by now, has left of a run that was deleted. Nothing is made ready in
     * order to do so.
     *
     * @param run not in hand here
     * @return completes when that is under way, or fails if it cannot be; fails with an {@link EndedRun} where it is known
     *     how long the run had run
     */
    Future<Void> discard(RunRequest run);

    /**
     * The runner as an item of the container status.
     *
     * @return {@code {"id","state","details"}}
     */
    Future<ObjectNode> status();

    /**
     * The runner as its administrator sees it.
     *
     * @return {@code {"state","provider","details"}}
     */
    Future<ObjectNode> runnerStatus();

    /**
     * Makes the runner ready, as far as it is not.
     *
     * @return completes when that is under way
     */
    Future<Void> runnerStart();

    /**
     * Does away with the runner.
     *
     * @return completes when it is gone
     */
    Future<Void> runnerDelete();

    /**
     * Whether a container goes on when the worker that began it ends, and the next worker only waits for its end.
     *
     * @return false unless the backend says otherwise
     */
    default boolean outlivesWorkers() {
        return false;
    }
}
