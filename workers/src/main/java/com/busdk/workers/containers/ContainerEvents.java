package com.busdk.workers.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import java.util.List;

/** Names of the container events, and the run that a request is. Stateless. */
public final class ContainerEvents {
    /** Asks for the runner and the owner's runs. */
    public static final String STATUS = "bus.containers.status.request";

    /** Asks for a run. */
    public static final String RUN = "bus.containers.run.request";

    /** Asks to forget a run, and to end it if it still runs. */
    public static final String DELETE = "bus.containers.delete.request";

    /** Asks for the runner's state. */
    public static final String RUNNER_STATUS = "bus.containers.runner.status.request";

    /** Asks to make the runner ready. */
    public static final String RUNNER_START = "bus.containers.runner.start.request";

    /** Asks to do away with the runner. */
    public static final String RUNNER_DELETE = "bus.containers.runner.delete.request";

    /** What became of a run. */
    static final String RUN_RESPONSE = EventName.responseTo(RUN);

    /** A run was deleted. */
    static final String DELETE_RESPONSE = EventName.responseTo(DELETE);

    /** What the history of runs consists of. */
    static final List<String> HISTORY = List.of(RUN, RUN_RESPONSE, DELETE_RESPONSE);

    /** Other requests that are answered from it. */
    static final List<String> PLACES = List.of(STATUS, DELETE);

    private static final String EVENT = "evt_";

    private ContainerEvents() {}

    /**
     * The id of the run that a request asks for, unless it gives one itself (see {@link RunHistory#runIdOf}). It is made
     * of the event's id, so that whichever worker gets the request, and however often, it is the same run; and ids sort
     * in the order of the requests.
     *
     * @param request a delivered event
     * @return {@code run_…}
     */
    public static String runId(Envelope request) {
        String id = request.id();
        if (id == null) {
            throw new IllegalArgumentException("only a delivered event is a run");
        }
        return "run_" + (id.startsWith(EVENT) ? id.substring(EVENT.length()) : id);
    }
}
