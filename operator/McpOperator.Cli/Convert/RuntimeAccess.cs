using System.Globalization;
using System.Text.Json.Nodes;

namespace McpOperator.Cli.Convert;

/// <summary>mcp-runtime's <c>MCPAccessGrant</c> and <c>MCPAgentSession</c>.</summary>
internal static class RuntimeAccess
{
    private const string Versions = "Revisions are counted by the operator.";

    private static readonly (string, string)[] Trust = [("low", "low"), ("medium", "medium"), ("high", "high")];

    public static JsonObject Grant(Fields spec, string? ns)
    {
        var made = new JsonObject { ["serverRef"] = Server(spec, ns) };
        var subject = new JsonObject();
        if (spec.Group("subject") is { } given)
        {
            ToolHiveServer.Put(subject, "user", given.Text("humanID"));
            ToolHiveServer.Put(subject, "agent", given.Text("agentID"));
            if (given.Has("teamID"))
            {
                given.Note("teamID", "is looked for in the token's groups (auth.claims.groups).");
            }

            ToolHiveServer.Put(subject, "group", given.Text("teamID"));
            given.Done();
        }

        if (subject.Count == 0)
        {
            spec.Problem("subject", "names nobody, which there means everybody; name a user, an agent or a team");
        }

        made["subjects"] = new JsonArray(subject);
        ToolHiveServer.Put(made, "maxTrust", spec.Choice("maxTrust", Trust));
        if (spec.Texts("allowedSideEffects") is { Count: > 0 } effects)
        {
            made["allowedSideEffects"] = new JsonArray([.. effects.Select(e => JsonValue.Create(e))]);
        }
        else
        {
            spec.Note("allowedSideEffects", "names none, so this grant allows nothing, there as here; write allowedSideEffects: [read] or more.");
        }

        var rules = new JsonArray();
        foreach (var rule in spec.Groups("toolRules"))
        {
            var one = new JsonObject { ["name"] = rule.Text("name"), ["decision"] = rule.Choice("decision", ("allow", "Allow"), ("deny", "Deny")) };
            ToolHiveServer.Put(one, "requiredTrust", rule.Choice("requiredTrust", Trust));
            rule.Done();
            rules.Add(one);
        }

        if (rules.Count > 0)
        {
            made["toolRules"] = rules;
        }

        ToolHiveServer.Put(made, "disabled", spec.Flag("disabled"));
        spec.NoCounterpart("policyVersion", Versions);
        return made;
    }

    public static JsonObject Session(Fields spec, string? ns, DateTime? until)
    {
        var made = new JsonObject { ["serverRef"] = Server(spec, ns) };
        var subject = new JsonObject();
        if (spec.Group("subject") is { } given)
        {
            ToolHiveServer.Put(subject, "user", given.Text("humanID"));
            ToolHiveServer.Put(subject, "agent", given.Text("agentID"));
            given.NoCounterpart("teamID", "A session is a user's or an agent's.");
            given.Done();
        }

        if (subject.Count == 0)
        {
            spec.Problem("subject", "names neither a user nor an agent; a session is somebody's");
        }

        made["subject"] = subject;
        ToolHiveServer.Put(made, "consentedTrust", spec.Choice("consentedTrust", Trust));
        if (spec.Text("expiresAt") is { } expires)
        {
            made["expiresAt"] = expires;
        }
        else if (until is { } end)
        {
            made["expiresAt"] = end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            spec.Note("expiresAt", "had no end, and got the one that was asked for.");
        }
        else
        {
            spec.Problem("expiresAt", "is missing, and here every session ends; write it, or say --sessions-until <time>");
        }

        ToolHiveServer.Put(made, "revoked", spec.Flag("revoked"));
        spec.NoCounterpart("upstreamTokenSecretRef", "The server gets credentials of its own (secrets), none of a session's.");
        spec.NoCounterpart("policyVersion", Versions);
        return made;
    }

    private static JsonObject Server(Fields spec, string? ns)
    {
        var reference = spec.Group("serverRef");
        var (name, other) = (reference?.Text("name"), reference?.Text("namespace"));
        if (name is null)
        {
            spec.Problem("serverRef", "names no server");
        }

        if (!string.IsNullOrEmpty(other) && other != ns)
        {
            spec.Problem("serverRef", $"names a server of namespace {other}; here it lies in the server's own namespace, because who may call a server is decided there. Set metadata.namespace to {other} if that is meant.");
        }

        reference?.Done();
        return new JsonObject { ["name"] = name };
    }
}
