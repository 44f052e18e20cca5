package com.busdk.gateway.http;

import com.busdk.client.auth.Scopes;
import com.busdk.client.identity.Identity;
import java.util.Set;

/** The caller of what needs no token. */
final class Anonymous {
    /** Who asks without a token. */
    static final Identity ID = new Identity("anonymous", Scopes.AUDIENCE_API, false, Set.of(), 0);

    private Anonymous() {}
}
