using System.Text.Json.Nodes;
using McpOperator.Admission.Images;

namespace McpOperator.Cli.Convert;

/// <summary>ToolHive's <c>MCPServer</c>, as v1alpha1 had it at first, and as v1alpha1 and v1beta1 have it now.</summary>
internal sealed class ToolHiveServer(ConversionOptions options)
{
    public JsonObject Convert(Fields spec, string? ns)
    {
        var made = new JsonObject();
        Container(spec, made);
        Network(spec, made);
        Access(spec, made);
        Scale(spec, made);
        Telemetry(spec, made);
        Left(spec);
        return made;
    }

    private static void Container(Fields spec, JsonObject made)
    {
        made["image"] = spec.Text("image");
        Pinned(spec, (string?)made["image"]);
        // ToolHive's default is stdio, ours streamable HTTP.
        made["transport"] = spec.Choice("transport", ("stdio", "stdio"), ("sse", "sse"), ("streamable-http", "streamable-http")) ?? "stdio";
        if ((string?)made["transport"] == "stdio")
        {
            spec.Note("command", "does not exist there. Here the bridge starts the program: write the image's entrypoint (crane config, skopeo inspect --config).");
        }

        foreach (var field in (string[])["args", "env", "secrets", "toolConfigRef"])
        {
            Put(made, field, spec.Same(field));
        }

        if (spec.Has("resources"))
        {
            spec.Note("resources", "limits the server's container; in ToolHive it limits the proxy's. The proxy's own stand in the operator's configuration (proxy.resources).");
        }

        Put(made, "resources", spec.Same("resources"));
        Put(made, "serviceAccountName", spec.Text("serviceAccount"));
        spec.NoCounterpart("volumes", "Paths of nodes are not mounted; use volumes and volumeMounts with a ConfigMap, a Secret or an empty folder.");
        spec.NoCounterpart("podTemplateSpec", "Of a pod only what the fields of spec name can be set: command, env, envFrom, volumes, resources, serviceAccountName.");
        spec.NoCounterpart("resourceOverrides", "Children bear our own labels only.");
    }

    private static void Network(Fields spec, JsonObject made)
    {
        Put(made, "port", Either("proxyPort", "port"));
        Put(made, "targetPort", (string?)made["transport"] == "stdio" ? null : Either("mcpPort", "targetPort"));
        if ((string?)made["transport"] == "stdio")
        {
            spec.NoCounterpart("mcpPort", "A stdio server listens nowhere.");
            spec.NoCounterpart("targetPort", "A stdio server listens nowhere.");
        }

        if (spec.Group("permissionProfile") is { } profile)
        {
            var type = profile.Choice("type", ("builtin", "builtin"), ("configmap", "configmap")) ?? "builtin";
            var made2 = new JsonObject { ["type"] = type, ["name"] = profile.Text("name") };
            Put(made2, "key", profile.Text("key"));
            profile.Done();
            made["permissionProfile"] = made2;
            spec.Note("permissionProfile", type == "configmap"
                ? "is enforced here. The ConfigMap has another form (egress: [{cidrs, ports}]) and bears the label mcpoperator.io/permission-profile=true; see crds/REFERENCE.md."
                : "is enforced here: a NetworkPolicy lets out what it names. In Kubernetes ToolHive ignores it.");
        }
        else
        {
            spec.Note("permissionProfile", "was not given: the server connects to nothing. If it needs the outside, write permissionProfile: {name: network}.");
        }

        spec.NoCounterpart("proxyMode", "Clients speak streamable HTTP or SSE to the proxy, as they like.");
        spec.NoCounterpart("trustProxyHeaders", "The address stands in status.url.");
        spec.NoCounterpart("endpointPrefix", "The address stands in status.url.");
        spec.NoCounterpart("sessionAffinity", "Any pod's proxy finds the pod that holds a session.");
        spec.NoCounterpart("sessionStorage", "A session's place is sealed in its id; nothing is stored.");

        long? Either(string now, string before)
        {
            var (current, older) = (spec.Number(now), spec.Number(before));
            if (current is not null && older is not null && current != older)
            {
                spec.Problem(before, $"says {older}, and {now} says {current}; keep one");
            }

            return current ?? older;
        }
    }

    private void Access(Fields spec, JsonObject made)
    {
        var authenticated = false;
        if (spec.Group("oidcConfigRef") is { } shared)
        {
            authenticated = true;
            var auth = new JsonObject { ["type"] = "OIDC" };
            var name = shared.Text("name");
            Put(auth, "audience", shared.Text("audience"));
            Put(auth, "resourceUrl", shared.Text("resourceUrl"));
            shared.NoCounterpart("scopes", "A tool's scope stands in spec.tools[].scope.");
            shared.Done();
            made["auth"] = auth;
            spec.Note("oidcConfigRef", $"MCPOIDCConfig {name} has the issuer: write it into auth.issuer here, or for all servers into the operator's configuration (auth.issuer).");
        }

        if (spec.Group("oidcConfig") is { } own)
        {
            authenticated = true;
            var auth = new JsonObject { ["type"] = "OIDC" };
            own.NoCounterpart("type", "Tokens are verified by their issuer's keys, whoever the issuer is.");
            Put(auth, "resourceUrl", own.Text("resourceUrl"));
            if (own.Group("inline") is { } inline)
            {
                Put(auth, "issuer", inline.Text("issuer"));
                Put(auth, "audience", inline.Text("audience"));
                Put(auth, "jwksUri", inline.Text("jwksUrl"));
                foreach (var field in (string[])["clientId", "clientSecret", "clientSecretRef", "introspectionUrl", "thvCABundlePath", "caBundleRef", "jwksAuthTokenPath", "jwksAllowPrivateIP", "protectedResourceAllowPrivateIP", "insecureAllowHTTP", "scopes"])
                {
                    inline.NoCounterpart(field, "Tokens are JWTs, verified by the issuer's published keys.");
                }

                inline.Done();
            }

            own.NoCounterpart("kubernetes", "Write the cluster's issuer into auth.issuer, and the audience into auth.audience.");
            own.NoCounterpart("configMap", "Write its issuer and audience into auth.");
            own.Done();
            made["auth"] = auth;
        }

        spec.NoCounterpart("authzConfig", "Say who may call which tools in an MCPAccessGrant.");
        spec.NoCounterpart("authzConfigRef", "Say who may call which tools in an MCPAccessGrant.");
        spec.NoCounterpart("externalAuthConfigRef", "The caller's token ends at the proxy; give the server credentials of its own in secrets.");
        spec.NoCounterpart("authServerRef", "Tokens come from your identity provider.");
        spec.NoCounterpart("webhookConfigRef", "Calls are not sent to webhooks.");
        spec.NoCounterpart("groupRef", "Servers are grouped by namespace and tenant.");
        if (authenticated)
        {
            return;
        }

        if (options.KeepOpen)
        {
            made["access"] = new JsonObject { ["mode"] = "Open" };
            spec.Note("access", "as before, nothing is asked for but the tool filter. The operator's configuration has to permit it (access.laxestMode: Open).");
        }
        else
        {
            spec.Note("access", "was open to everybody in reach. Here callers need a token, a grant and a session, unless you write access: {mode: Open} and the operator's configuration permits it; --keep-open does so.");
        }
    }

    private static void Scale(Fields spec, JsonObject made)
    {
        Replicas(spec, made, "backendReplicas", "replicas");
        if (spec.Group("rateLimiting") is { } limits)
        {
            var made2 = new JsonObject();
            Put(made2, "toolCallsPerMinute", PerMinute(limits, "shared"));
            Put(made2, "toolCallsPerMinutePerClient", PerMinute(limits, "perUser"));
            limits.NoCounterpart("tools", "Limits hold for a server and for a client, not for single tools.");
            limits.Done();
            made["rateLimits"] = made2.Count > 0 ? made2 : null;
            spec.Note("rateLimiting", "are limits on average; perUser here is for each OAuth client.");
        }
    }

    private static void Telemetry(Fields spec, JsonObject made)
    {
        if (spec.Group("audit") is { } audit)
        {
            made["audit"] = new JsonObject { ["enabled"] = audit.Flag("enabled") ?? false };
            audit.Done();
        }

        spec.NoCounterpart("telemetryConfigRef", "Metrics are always there, and scraped by a ServiceMonitor that the operator makes; write an OTLP endpoint into telemetry.openTelemetry.");
        if (spec.Group("telemetry") is not { } telemetry)
        {
            return;
        }

        var made2 = new JsonObject();
        if (telemetry.Group("prometheus") is { } prometheus)
        {
            made2["prometheus"] = new JsonObject { ["enabled"] = prometheus.Flag("enabled") ?? false };
            prometheus.Done();
        }

        if (telemetry.Group("openTelemetry") is { } otel)
        {
            if (otel.Flag("enabled") != false && otel.Text("endpoint") is { } endpoint)
            {
                made2["openTelemetry"] = new JsonObject { ["endpoint"] = endpoint };
                Put(made2["openTelemetry"]!.AsObject(), "insecure", otel.Flag("insecure"));
            }

            foreach (var field in (string[])["endpoint", "insecure", "serviceName", "headers", "tracing", "metrics", "customAttributes", "environmentVariables"])
            {
                otel.NoCounterpart(field, "The proxy names itself after its server; secret headers come from telemetry.openTelemetry.headersFrom.");
            }

            otel.Done();
        }

        telemetry.Done();
        made["telemetry"] = made2;
    }

    private static void Left(Fields spec) => spec.NoCounterpart("tools", "Filter tools by an MCPToolConfig (toolConfigRef).");

    /// <summary>Numbers of pods, as both peers write them; the first that is given counts.</summary>
    internal static void Replicas(Fields spec, JsonObject made, params IReadOnlyList<string> names)
    {
        var given = names.Select(n => (Name: n, Count: spec.Number(n))).Where(g => g.Count is not null).ToList();
        if (given.Count == 0)
        {
            return;
        }

        var (name, count) = given.MaxBy(g => g.Count);
        if (count <= 0)
        {
            made["suspend"] = true;
            return;
        }

        made["scaling"] = new JsonObject { ["minScale"] = count, ["maxScale"] = count };
        spec.Note(name, "as many pods as before, always; without scaling.minScale the server sleeps while nobody calls it.");
    }

    internal static void Pinned(Fields spec, string? image)
    {
        if (image is null)
        {
            spec.Problem("image", "is missing");
        }
        else if (ImageReference.TryParse(image) is not { IsPinned: true })
        {
            spec.Note("image", "is not pinned by a digest, and admission will refuse it; add @sha256:<digest> of the image that you run (crane digest, skopeo inspect).");
        }
    }

    internal static void Put(JsonObject made, string field, JsonNode? value)
    {
        if (value is not null)
        {
            made[field] = value;
        }
    }

    private static long? PerMinute(Fields limits, string name)
    {
        if (limits.Group(name) is not { } bucket)
        {
            return null;
        }

        var (tokens, period) = (bucket.Number("maxTokens"), bucket.Text("refillPeriod"));
        bucket.Done();
        if (tokens is not { } count || GoDuration.Parse(period) is not { } every || every <= TimeSpan.Zero)
        {
            limits.Problem(name, "needs maxTokens, and refillPeriod as a duration such as 1m");
            return null;
        }

        return Math.Max(1, (long)(count / every.TotalMinutes));
    }
}
