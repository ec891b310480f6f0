namespace McpOperator.Keycloak.Admin;

/// <summary>
/// The admin API of one realm, as far as it is needed. Every method fails with a <see cref="KeycloakException"/>. What Keycloak does
/// without saying so (a PUT that changes nothing, a list that is empty for want of a right) is told at each method.
/// </summary>
/// <param name="to">Where and as whom.</param>
/// <param name="time">The clock for tokens, time limits and pauses.</param>
public sealed class KeycloakRealm(KeycloakConnection to, TimeProvider time) : IDisposable
{
    private const int PageSize = 200;

    private readonly KeycloakTransport _http = new(to, time);

    /// <summary>How many requests can usefully be under way at once.</summary>
    public int Parallelism => to.Parallelism;

    /// <summary>How many requests were sent, logins included.</summary>
    public long Sent => _http.Sent;

    /// <summary>
    /// All scopes of the realm, with their mappers. Keycloak has no pages here and no search. To an account that may not see scopes it
    /// shows none, with 200; a realm always has some, so that is told as a lack of rights.
    /// </summary>
    public async Task<IReadOnlyList<ClientScope>> ListScopesAsync(CancellationToken ct)
    {
        var scopes = await _http.GetAsync<List<ClientScope>>("/client-scopes", ct);
        return scopes.Count > 0
            ? scopes
            : throw new KeycloakException(KeycloakFailure.Unauthorized, $"realm '{to.Realm}' shows {to.Login} no client scope at all, which is how Keycloak treats an account without the right to see them; give it the role realm-management/manage-clients (or create a scope, if the realm really has none).");
    }

    /// <summary>Creates a scope with its mappers; a conflict when one of that name exists.</summary>
    /// <returns>Its id.</returns>
    public Task<string> CreateScopeAsync(ClientScope scope, CancellationToken ct) => _http.CreateAsync("/client-scopes", scope, ct);

    /// <summary>Replaces a scope's own fields. Its mappers stay as they are, whatever <paramref name="scope"/> says.</summary>
    public Task UpdateScopeAsync(ClientScope scope, CancellationToken ct) =>
        _http.PutAsync($"/client-scopes/{scope.Id}", scope with { ProtocolMappers = null }, ct);

    /// <summary>Deletes a scope; clients and the realm's defaults lose it with that.</summary>
    public Task DeleteScopeAsync(string id, CancellationToken ct) => _http.DeleteAsync($"/client-scopes/{id}", ct);

    /// <summary>Adds a mapper to a scope; a conflict when it has one of that name.</summary>
    public Task CreateMapperAsync(string scopeId, ProtocolMapper mapper, CancellationToken ct) =>
        _http.CreateAsync($"/client-scopes/{scopeId}/protocol-mappers/models", mapper, ct);

    /// <summary>Replaces a mapper of a scope.</summary>
    public Task UpdateMapperAsync(string scopeId, ProtocolMapper mapper, CancellationToken ct) =>
        _http.PutAsync($"/client-scopes/{scopeId}/protocol-mappers/models/{mapper.Id}", mapper, ct);

    /// <summary>Removes a mapper from a scope.</summary>
    public Task DeleteMapperAsync(string scopeId, string mapperId, CancellationToken ct) =>
        _http.DeleteAsync($"/client-scopes/{scopeId}/protocol-mappers/models/{mapperId}", ct);

    /// <summary>
    /// All clients of the realm, page by page. The search by attribute (<c>q</c>) is of no use: Keycloak passes over attributes that its
    /// own configuration does not list as searchable, and then finds every client.
    /// </summary>
    public async Task<IReadOnlyList<Client>> ListClientsAsync(CancellationToken ct)
    {
        var all = new List<Client>();
        for (var page = 0; ; page++)
        {
            var some = await _http.GetAsync<List<Client>>($"/clients?first={page * PageSize}&max={PageSize}", ct);
            all.AddRange(some);
            if (some.Count < PageSize)
            {
                // One that was created or deleted meanwhile moves the pages.
                return [.. all.DistinctBy(client => client.Id)];
            }
        }
    }

    /// <summary>Creates a client with its scopes; a conflict when one of that id exists. Scopes that the realm does not have are left out silently.</summary>
    /// <returns>Keycloak's own id of it.</returns>
    public Task<string> CreateClientAsync(Client client, CancellationToken ct) => _http.CreateAsync("/clients", client, ct);

    /// <summary>Changes a client's own fields. Its scopes stay as they are, whatever <paramref name="client"/> says.</summary>
    public Task UpdateClientAsync(Client client, CancellationToken ct) => _http.PutAsync($"/clients/{client.Id}", client, ct);

    /// <summary>Deletes a client.</summary>
    public Task DeleteClientAsync(string id, CancellationToken ct) => _http.DeleteAsync($"/clients/{id}", ct);

    /// <summary>Has Keycloak make a new secret; the old one ends at once.</summary>
    public async Task<string> RotateSecretAsync(string id, CancellationToken ct) =>
        (await _http.PostAsync<CredentialAnswer>($"/clients/{id}/client-secret", ct)).Value
        ?? throw new KeycloakException(KeycloakFailure.Refused, $"POST /clients/{id}/client-secret: Keycloak made no secret.");

    /// <summary>
    /// Gives a client a scope. Keycloak answers 204 and does nothing when the client has it in the other category: detach it first.
    /// </summary>
    public Task AttachAsync(string clientId, string scopeId, ScopeCategory category, CancellationToken ct) =>
        _http.PutAsync($"/clients/{clientId}/{Segment(category)}/{scopeId}", null, ct);

    /// <summary>Takes a scope from a client.</summary>
    public Task DetachAsync(string clientId, string scopeId, ScopeCategory category, CancellationToken ct) =>
        _http.DeleteAsync($"/clients/{clientId}/{Segment(category)}/{scopeId}", ct);

    /// <summary>The scopes that clients get which are registered from now on.</summary>
    public async Task<IReadOnlyList<AttachedScope>> ListRealmScopesAsync(ScopeCategory category, CancellationToken ct) =>
        await _http.GetAsync<List<AttachedScope>>($"/default-{Segment(category)}", ct);

    /// <summary>Has clients that are registered from now on get a scope. To do it twice is a conflict, or a failure of Keycloak: list first.</summary>
    public Task AttachToRealmAsync(string scopeId, ScopeCategory category, CancellationToken ct) =>
        _http.PutAsync($"/default-{Segment(category)}/{scopeId}", null, ct);

    /// <summary>Has clients that are registered from now on not get a scope any more.</summary>
    public Task DetachFromRealmAsync(string scopeId, ScopeCategory category, CancellationToken ct) =>
        _http.DeleteAsync($"/default-{Segment(category)}/{scopeId}", ct);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Segment(ScopeCategory category) => category == ScopeCategory.Default ? "default-client-scopes" : "optional-client-scopes";
}
