package com.busdk.workers.podman;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the containers of runs that are ended early, also where podman is about to make one, or fails for a while. Its
 * methods block; any number of threads may call.
 */
final class Removal {
    /** Podman notices within a moment that its container is gone, and makes one within a few. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A container that is about to be made is looked for so often. */
    private static final Duration MOMENT = Duration.ofMillis(250);

    /** How often a container is to be removed before that is left to a person. */
    private static final int MAX_TRIES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

    private final Podman podman;
    private final WorkerIdentity identity;

    /** @param identity of the worker, which removes its own containers only */
    Removal(Podman podman, WorkerIdentity identity) {
        this.podman = podman;
        this.identity = identity;
    }

    /**
     * Ends a run, and waits for podman's end. Where there is no container to be ended, podman is ended instead, which may
     * have made one by then.
     */
    void of(ActiveRun run, ChildProcess child) throws InterruptedException {
        boolean over = child.waitFor(Duration.ZERO) || run.runsContainer() && isOver(run, child);
        if (!over) {
            run.interrupt();
            child.end();
        }
        removeAll(run);
    }

    /**
     * Removes the container, and waits for podman's end. None is there where podman is about to make it, or has removed it
     * since it has ended by itself: who is patient learns which.
     */
    private boolean isOver(ActiveRun run, ChildProcess child) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        do {
            if (isRemoved(run)) {
                return child.waitFor(PATIENCE);
            }
            if (child.waitFor(MOMENT)) {
                return true;
            }
        } while (System.nanoTime() - end < 0);
        return false;
    }

    private boolean isRemoved(ActiveRun run) throws InterruptedException {
        try {
            return removeOwn(run, false);
        } catch (IOException e) {
            LOG.warn(
                    "the container of run {} is not removed yet: {}",
                    run.request().runId(),
                    e.getMessage());
            return false;
        }
    }

    /** Once nothing makes a container any more. What has waited for a lock in vain may get it now. */
    private void removeAll(ActiveRun run) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                removeOwn(run, true);
                return;
            } catch (IOException e) {
                if (attempt == MAX_TRIES) {
                    LOG.error(
                            "the container of run {} cannot be removed: remove it by hand",
                            run.request().runId(),
                            e);
                    return;
                }
            }
        }
    }

    /**
     * Removes the containers that this worker has made for a run.
     *
     * @param all whether also those that have ended by themselves, which podman is about to remove; when it is over
     * @return whether there was one to remove
     */
    private boolean removeOwn(ActiveRun run, boolean all) throws IOException, InterruptedException {
        boolean removed = false;
        for (Podman.Container container : podman.containers(run.request().runId())) {
            if (container.worker().equals(identity.label())) {
                run.hasContainer();
                if (!container.hasEnded() && !all) {
                    run.interrupt(); // first: the run is told of as soon as its container ends
                }
                if (!container.hasEnded() || all) {
                    podman.remove(container.id());
                    removed = true;
                }
            }
        }
        return removed;
    }
}
