package com.busdk.workers.upcloud.vm;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a virtual machine is. Immutable.
 *
 * @param state {@code ready}, {@code starting}, {@code stopping}, {@code stopped}, {@code missing} or {@code unavailable}
 * @param provider who says so
 * @param details what else there is to know, for a person
 */
public record VmStatus(String state, String provider, Map<String, String> details) {
    /** It runs. */
    public static final String READY = "ready";

    /** It will run. */
    public static final String STARTING = "starting";

    /** It will not run for long. */
    public static final String STOPPING = "stopping";

    /** It does not run. */
    public static final String STOPPED = "stopped";

    /** It is not there any more, or never was. */
    public static final String MISSING = "missing";

    /** It cannot be used now. */
    public static final String UNAVAILABLE = "unavailable";

    /** Keeps an unmodifiable copy. */
    public VmStatus {
        details = Map.copyOf(details);
    }

    /**
     * The payload of {@code bus.vm.status.response}.
     *
     * @return {@code {"state","provider","details":{}}}
     */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("state", state).put("provider", provider);
        ObjectNode more = json.putObject("details");
        new TreeMap<>(details).forEach(more::put);
        return json;
    }
}
