using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>
/// The admin API, as Keycloak's <c>ClientScopesResource</c>, <c>ClientScopeResource</c>, <c>ProtocolMappersResource</c>,
/// <c>ClientsResource</c>, <c>ClientResource</c> and <c>RealmAdminResource</c> answer.
/// </summary>
internal static partial class StandInRouter
{
    /// <summary>The columns of Keycloak's tables; a longer value fails in the database, which is a 500.</summary>
    private const int LongestDescription = 255;

    private const int LongestAttribute = 2048;

    public static StandInAnswer Answer(StandInState state, StandInRequest request) => request.Path switch
    {
        ["realms", var realm, .. var rest] => state.Realms.TryGetValue(realm, out var found)
            ? StandInTokens.Answer(found, request, rest)
            : StandInAnswer.Error(404, "Realm does not exist"),
        [".well-known", _, "realms", var realm] when state.Realms.TryGetValue(realm, out var found) => StandInTokens.Answer(found, request, [".well-known", "openid-configuration"]),
        ["admin", "realms", .. var rest] => AnswerAdmin(state, request, rest),
        _ => StandInAnswer.Error(404, "Unable to find matching target resource method"),
    };

    private static StandInAnswer AnswerAdmin(StandInState state, StandInRequest request, string[] path)
    {
        if (StandInTokens.CallerOf(state, request) is not { } caller)
        {
            return StandInAnswer.Error(401, "HTTP 401 Unauthorized");
        }

        if (path is [])
        {
            return request.Method == "POST" && caller.IsMaster ? CreateRealm(state, request) : StandInAnswer.Error(403, "HTTP 403 Forbidden");
        }

        if (!state.Realms.TryGetValue(path[0], out var realm))
        {
            return StandInAnswer.Error(404, "Realm not found.");
        }

        var rights = caller.RightsIn(realm);
        return path[1..] switch
        {
            [] when request.Method == "DELETE" => caller.IsMaster && state.Realms.Remove(realm.Name) ? StandInAnswer.Done : StandInAnswer.Error(403, "HTTP 403 Forbidden"),
            ["client-scopes", .. var rest] => Guarded(request, rights, rest is [], () => AnswerScopes(realm, request, rest, rights)),
            ["clients", .. var rest] => Guarded(request, rights, rest is [], () => AnswerClients(realm, request, rest)),
            ["default-default-client-scopes", .. var rest] => Guarded(request, rights, false, () => AnswerDefaults(realm, realm.DefaultScopes, request, rest)),
            ["default-optional-client-scopes", .. var rest] => Guarded(request, rights, false, () => AnswerDefaults(realm, realm.OptionalScopes, request, rest)),
            ["users", var user, "role-mappings", "clients", _] when request.Method == "POST" => caller.IsMaster ? GiveRoles(realm, user, request) : StandInAnswer.Error(403, "HTTP 403 Forbidden"),
            _ => StandInAnswer.Error(404, "Unable to find matching target resource method"),
        };
    }

    /// <summary>Those who may only query get in where lists are shown, and are shown nothing.</summary>
    private static StandInAnswer Guarded(StandInRequest request, StandInRights rights, bool isList, Func<StandInAnswer> act) => request.Method == "GET"
        ? rights >= (isList ? StandInRights.Query : StandInRights.View) ? act() : StandInAnswer.Error(403, "HTTP 403 Forbidden")
        : rights == StandInRights.Manage ? act() : StandInAnswer.Error(403, "HTTP 403 Forbidden");

    private static StandInAnswer CreateRealm(StandInState state, StandInRequest request)
    {
        var name = (string)request.Json["realm"]!;
        return state.Realms.TryAdd(name, new StandInRealm(name))
            ? StandInAnswer.Created($"{request.Root}/admin/realms/{name}")
            : StandInAnswer.Message(409, $"Conflict detected. See logs for details");
    }

    private static StandInAnswer AnswerScopes(StandInRealm realm, StandInRequest request, string[] path, StandInRights rights)
    {
        switch (request.Method, path)
        {
            case ("GET", []):
                return StandInAnswer.Ok(new JsonArray([.. rights < StandInRights.View ? [] : realm.Scopes.Values.Select(s => s.DeepClone())]));
            case ("POST", []):
                return CreateScope(realm, request);
        }

        if (!realm.Scopes.TryGetValue(path[0], out var scope))
        {
            return StandInAnswer.Error(404, "Could not find client scope");
        }

        switch (request.Method, path[1..])
        {
            case ("GET", []):
                return StandInAnswer.Ok(scope.DeepClone());
            case ("PUT", []):
                return UpdateScope(realm, scope, request.Json);
            case ("DELETE", []):
                Forget(realm, path[0]);
                return StandInAnswer.Done;
            case (_, ["protocol-mappers", "models", .. var rest]):
                return AnswerMappers(scope["protocolMappers"]!.AsArray(), request, rest);
            default:
                return StandInAnswer.Error(405, "HTTP 405 Method Not Allowed");
        }
    }

    private static StandInAnswer CreateScope(StandInRealm realm, StandInRequest request)
    {
        var given = request.Json;
        var name = (string?)given["name"];
        if (ProblemOf(given) is { } problem)
        {
            return problem;
        }

        if (realm.ScopeNamed(name!) is not null)
        {
            return StandInAnswer.Message(409, $"Client Scope {name} already exists");
        }

        var id = StandInRealm.NewId();
        realm.Scopes[id] = new JsonObject
        {
            ["id"] = id,
            ["name"] = name,
            ["description"] = given["description"]?.DeepClone(),
            ["protocol"] = given["protocol"]?.DeepClone(),
            ["attributes"] = given["attributes"]?.DeepClone() ?? new JsonObject(),
            ["protocolMappers"] = new JsonArray([.. (given["protocolMappers"]?.AsArray() ?? []).Select(m => WithId(m!))]),
        };
        return StandInAnswer.Created($"{request.Root}/admin/realms/{realm.Name}/client-scopes/{id}");
    }

    /// <summary>Sets what is given, adds attributes one by one, and does not look at mappers.</summary>
    private static StandInAnswer UpdateScope(StandInRealm realm, JsonObject scope, JsonObject given)
    {
        if (ProblemOf(given) is { } problem)
        {
            return problem;
        }

        if (realm.ScopeNamed((string)given["name"]!) is { } other && other != scope)
        {
            return StandInAnswer.Message(409, $"Client Scope {(string)given["name"]!} already exists");
        }

        foreach (var field in new[] { "name", "description", "protocol" }.Where(f => given[f] is not null))
        {
            scope[field] = given[field]!.DeepClone();
        }

        foreach (var (name, value) in given["attributes"]?.AsObject() ?? [])
        {
            scope["attributes"]![name] = value?.DeepClone();
        }

        return StandInAnswer.Done;
    }

    private static StandInAnswer? ProblemOf(JsonObject given)
    {
        if ((string?)given["name"] is not { } name || !ScopeName().IsMatch(name))
        {
            return StandInAnswer.Message(400, $"Unexpected name \"{given["name"]}\" for ClientScope");
        }

        if ((string?)given["protocol"] is not ("openid-connect" or "saml"))
        {
            return StandInAnswer.Message(400, "Unexpected protocol");
        }

        var tooLong = name.Length > LongestDescription || ((string?)given["description"])?.Length > LongestDescription
            || (given["attributes"]?.AsObject() ?? []).Any(a => a.Key.Length > LongestDescription || ((string?)a.Value)?.Length > LongestAttribute);
        return tooLong ? StandInAnswer.Error(500, "unknown_error") : null;
    }

    private static void Forget(StandInRealm realm, string id)
    {
        realm.Scopes.Remove(id);
        realm.DefaultScopes.Remove(id);
        realm.OptionalScopes.Remove(id);
        foreach (var client in realm.Clients.Values)
        {
            client.Default.Remove(id);
            client.Optional.Remove(id);
        }
    }

    private static StandInAnswer AnswerMappers(JsonArray mappers, StandInRequest request, string[] path)
    {
        var found = path is [var id] ? mappers.FirstOrDefault(m => (string?)m!["id"] == id) : null;
        switch (request.Method, path)
        {
            case ("GET", []):
                return StandInAnswer.Ok(mappers.DeepClone());
            case ("POST", []):
                var given = request.Json;
                if (mappers.Any(m => (string?)m!["name"] == (string?)given["name"]))
                {
                    return StandInAnswer.Message(409, "Protocol mapper exists with same name");
                }

                var created = WithId(given);
                mappers.Add(created);
                return StandInAnswer.Created($"{request.Root}/{string.Join('/', request.Path)}/{created["id"]}");
            case (_, [_]) when found is null:
                return StandInAnswer.Error(404, "Model not found");
            case ("GET", [_]):
                return StandInAnswer.Ok(found!.DeepClone());
            case ("PUT", [var mapper]):
                if ((string?)request.Json["id"] != mapper)
                {
                    return StandInAnswer.Error(500, "unknown_error");
                }

                mappers[mappers.IndexOf(found)] = request.Json;
                return StandInAnswer.Done;
            case ("DELETE", [_]):
                mappers.Remove(found);
                return StandInAnswer.Done;
            default:
                return StandInAnswer.Error(405, "HTTP 405 Method Not Allowed");
        }
    }

    private static StandInAnswer AnswerClients(StandInRealm realm, StandInRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", []):
                return ListClients(realm, request.Query);
            case ("POST", []):
                return CreateClient(realm, request);
        }

        if (!realm.Clients.TryGetValue(path[0], out var client))
        {
            return StandInAnswer.Error(404, "Could not find client");
        }

        switch (request.Method, path[1..])
        {
            case ("GET", []):
                return StandInAnswer.Ok(client.Show(realm));
            case ("PUT", []):
                return UpdateClient(realm, client, request.Json);
            case ("DELETE", []):
                realm.Clients.Remove(client.Id);
                return StandInAnswer.Done;
            case ("GET", ["client-secret"]):
                return StandInAnswer.Ok(new JsonObject { ["type"] = "secret", ["value"] = client.Secret });
            case ("POST", ["client-secret"]):
                client.Secret = StandInClient.NewSecret();
                return StandInAnswer.Ok(new JsonObject { ["type"] = "secret", ["value"] = client.Secret });
            case ("GET", ["service-account-user"]):
                return client.HasServiceAccount
                    ? StandInAnswer.Ok(new JsonObject { ["id"] = client.Id, ["username"] = $"service-account-{client.ClientId}" })
                    : StandInAnswer.Error(400, $"Service account not enabled for the client '{client.ClientId}'");
            case ("GET", ["roles", var role]):
                return client.ClientId == "realm-management" ? StandInAnswer.Ok(new JsonObject { ["id"] = role, ["name"] = role }) : StandInAnswer.Error(404, "Could not find role");
            case ("GET", ["default-client-scopes"]):
                return StandInAnswer.Ok(Brief(realm, client.Default));
            case ("GET", ["optional-client-scopes"]):
                return StandInAnswer.Ok(Brief(realm, client.Optional));
            case ("PUT", [("default-client-scopes" or "optional-client-scopes") and var category, var scope]):
                return Attach(realm, client, scope, category.StartsWith("default", StringComparison.Ordinal));
            case ("DELETE", ["default-client-scopes" or "optional-client-scopes", var scope]):
                if (!realm.Scopes.ContainsKey(scope))
                {
                    return StandInAnswer.Error(404, "Client scope not found");
                }

                // Either address takes it from both.
                client.Default.Remove(scope);
                client.Optional.Remove(scope);
                return StandInAnswer.Done;
            default:
                return StandInAnswer.Error(405, "HTTP 405 Method Not Allowed");
        }
    }

    /// <summary>
    /// <c>q</c> is passed over: Keycloak searches only by attributes that its configuration lists as searchable, and finds everybody when
    /// none is left to search by.
    /// </summary>
    private static StandInAnswer ListClients(StandInRealm realm, IReadOnlyDictionary<string, string> query)
    {
        var found = realm.Clients.Values.OrderBy(c => c.ClientId, StringComparer.Ordinal).AsEnumerable();
        if (query.GetValueOrDefault("clientId") is { } clientId)
        {
            found = query.GetValueOrDefault("search") == "true"
                ? found.Where(c => c.ClientId.Contains(clientId, StringComparison.OrdinalIgnoreCase))
                : found.Where(c => c.ClientId == clientId);
        }

        found = found.Skip(int.Parse(query.GetValueOrDefault("first") ?? "0")).Take(query.GetValueOrDefault("max") is { } max ? int.Parse(max) : int.MaxValue);
        return StandInAnswer.Ok(new JsonArray([.. found.Select(c => c.Show(realm))]));
    }

    private static StandInAnswer CreateClient(StandInRealm realm, StandInRequest request)
    {
        var given = request.Json;
        if (realm.ClientNamed((string)given["clientId"]!) is not null)
        {
            return StandInAnswer.Message(409, $"Client {given["clientId"]} already exists");
        }

        return RedirectProblem(given) ?? StandInAnswer.Created($"{request.Root}/admin/realms/{realm.Name}/clients/{realm.AddClient(given).Id}");
    }

    private static StandInAnswer UpdateClient(StandInRealm realm, StandInClient client, JsonObject given)
    {
        if (RedirectProblem(given) is { } problem)
        {
            return problem;
        }

        if (realm.ClientNamed((string?)given["clientId"] ?? client.ClientId) is { } other && other != client)
        {
            return StandInAnswer.Message(409, "Client already exists");
        }

        var before = client.HasServiceAccount;
        client.Set(given);
        if (client.HasServiceAccount && !before)
        {
            realm.GiveServiceAccount(client);
        }

        return StandInAnswer.Done;
    }

    private static StandInAnswer? RedirectProblem(JsonObject given) =>
        (given["redirectUris"]?.AsArray() ?? []).Any(u => ((string)u!).Contains('#', StringComparison.Ordinal))
            ? StandInAnswer.Error(400, "invalid_input", "Redirect URIs must not contain an URI fragment")
            : null;

    private static StandInAnswer Attach(StandInRealm realm, StandInClient client, string scope, bool isDefault)
    {
        if (!realm.Scopes.ContainsKey(scope))
        {
            return StandInAnswer.Error(404, "Client scope not found");
        }

        // In either category already: no change, and no word of it.
        if (!client.Default.Contains(scope) && !client.Optional.Contains(scope))
        {
            (isDefault ? client.Default : client.Optional).Add(scope);
        }

        return StandInAnswer.Done;
    }

    private static StandInAnswer AnswerDefaults(StandInRealm realm, List<string> category, StandInRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", []):
                return StandInAnswer.Ok(Brief(realm, category));
            case (_, [var unknown]) when !realm.Scopes.ContainsKey(unknown):
                return StandInAnswer.Error(404, "Client scope not found");
            case ("PUT", [var scope]):
                // One row for each scope, whatever the category: a second one is a duplicate key.
                if (realm.DefaultScopes.Contains(scope) || realm.OptionalScopes.Contains(scope))
                {
                    return StandInAnswer.Message(409, "Conflict detected. See logs for details");
                }

                category.Add(scope);
                return StandInAnswer.Done;
            case ("DELETE", [var scope]):
                realm.DefaultScopes.Remove(scope);
                realm.OptionalScopes.Remove(scope);
                return StandInAnswer.Done;
            default:
                return StandInAnswer.Error(405, "HTTP 405 Method Not Allowed");
        }
    }

    private static StandInAnswer GiveRoles(StandInRealm realm, string user, StandInRequest request)
    {
        if (!realm.Clients.TryGetValue(user, out var client))
        {
            return StandInAnswer.Error(404, "User not found");
        }

        client.Roles.UnionWith(JsonNode.Parse(request.Body)!.AsArray().Select(r => (string)r!["name"]!));
        return StandInAnswer.Done;
    }

    private static JsonArray Brief(StandInRealm realm, List<string> ids) => [.. ids.Select(i => (JsonNode)new JsonObject { ["id"] = i, ["name"] = (string?)realm.Scopes[i]["name"] })];

    private static JsonObject WithId(JsonNode mapper)
    {
        var copy = mapper.DeepClone().AsObject();
        copy["id"] = StandInRealm.NewId();
        return copy;
    }

    [GeneratedRegex(@"^[\x21\x23-\x5B\x5D-\x7E]+$")]
    private static partial Regex ScopeName();
}
