using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace McpOperator.Keycloak.Admin;

/// <summary>
/// Sends requests to the admin API of one realm: logs in, and once more when a token has ended early; repeats what Keycloak did not
/// answer, a few times and not all at once; and gives up in time. The only place that knows HTTP.
/// </summary>
internal sealed class KeycloakTransport : IDisposable
{
    /// <summary>Ten thousand scopes are about ten megabytes.</summary>
    private const int LargestAnswer = 256 * 1024 * 1024;

    /// <summary>Seconds before its end in which a token is not used any more: it might end on the way.</summary>
    private const int TokenMargin = 10;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly KeycloakConnection _to;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _patience;
    private readonly SemaphoreSlim _loggingIn = new(1);
    private (string Token, long Taken, TimeSpan Lasts)? _token;

    public KeycloakTransport(KeycloakConnection to, TimeProvider time)
    {
        (_to, _time) = (to, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // credentials go nowhere but where they were meant for
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = to.Parallelism,
        };
        if (to.Authorities is { } authorities)
        {
            var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            chain.CustomTrustStore.AddRange(authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain };
        }

        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("mcp-operator", null));
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (to.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = to.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(5),
                ShouldHandle = new PredicateBuilder().Handle<KeycloakException>(static e => e.Failure == KeycloakFailure.Unreachable),
            });
        }

        _patience = builder.AddTimeout(to.RequestTimeout).Build();
    }

    /// <summary>How many requests were sent, logins included.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    private long _sent;

    /// <summary>Reads something.</summary>
    /// <param name="path">Path and query below the realm.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<T> GetAsync<T>(string path, CancellationToken ct) where T : class =>
        SendAsync(HttpMethod.Get, path, null, ReadAsync<T>, ct);

    /// <summary>Creates something.</summary>
    /// <returns>The new object's id.</returns>
    public Task<string> CreateAsync(string path, object body, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, path, body, (response, _) => Task.FromResult(IdOf(response, path)), ct);

    /// <summary>Has Keycloak do something that it answers.</summary>
    public Task<T> PostAsync<T>(string path, CancellationToken ct) where T : class =>
        SendAsync(HttpMethod.Post, path, null, ReadAsync<T>, ct);

    /// <summary>Replaces something, or attaches it.</summary>
    public Task PutAsync(string path, object? body, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, path, body, static (_, _) => Task.FromResult(true), ct);

    /// <summary>Deletes something; that it is gone already is as good.</summary>
    public async Task DeleteAsync(string path, CancellationToken ct)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, path, null, static (_, _) => Task.FromResult(true), ct);
        }
        catch (KeycloakException e) when (e.Failure == KeycloakFailure.NotFound)
        {
            // As it should be.
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _loggingIn.Dispose();
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        try
        {
            return await _patience.ExecuteAsync(async attempt => await SendOnceAsync(method, path, body, read, attempt), ct);
        }
        catch (TimeoutRejectedException e)
        {
            throw new KeycloakException(KeycloakFailure.Unreachable, $"{_to.Url} gave no answer within {_to.RequestTimeout.TotalSeconds:0.#} s.", e);
        }
    }

    private async Task<T> SendOnceAsync<T>(HttpMethod method, string path, object? body, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        var address = $"{Root}/admin/realms/{Uri.EscapeDataString(_to.Realm)}{path}";
        var token = await TokenAsync(null, ct);
        using var first = await ExchangeAsync(Request(method, address, body, token), ct);
        if (first.StatusCode != HttpStatusCode.Unauthorized)
        {
            return await AcceptAsync(first);
        }

        // The token ended early: Keycloak was restarted, its keys or the realm's sessions changed.
        token = await TokenAsync(token, ct);
        using var second = await ExchangeAsync(Request(method, address, body, token), ct);
        return await AcceptAsync(second);

        async Task<T> AcceptAsync(HttpResponseMessage response) => response.IsSuccessStatusCode
            ? await read(response, ct)
            : throw await ErrorAsync(response, $"{method} {path}", ct);
    }

    private string Root => _to.Url.ToString().TrimEnd('/');

    private static HttpRequestMessage Request(HttpMethod method, string address, object? body, string token) => new(method, address)
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json),
    };

    /// <param name="ended">The token that Keycloak did not accept any more, if one was tried.</param>
    /// <param name="ct">Stops waiting.</param>
    private async Task<string> TokenAsync(string? ended, CancellationToken ct)
    {
        await _loggingIn.WaitAsync(ct);
        try
        {
            if (_token is { } held && held.Token != ended && _time.GetElapsedTime(held.Taken) < held.Lasts)
            {
                return held.Token;
            }

            _token = null;
            var taken = _time.GetTimestamp();
            var answer = await LogInAsync(ct);
            var lasts = TimeSpan.FromSeconds(answer.ExpiresIn > 2 * TokenMargin ? answer.ExpiresIn - TokenMargin : answer.ExpiresIn / 2.0);
            _token = (answer.AccessToken!, taken, lasts);
            return answer.AccessToken!;
        }
        finally
        {
            _loggingIn.Release();
        }
    }

    private async Task<TokenAnswer> LogInAsync(CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{Root}/realms/{Uri.EscapeDataString(_to.Login.Realm)}/protocol/openid-connect/token")
        {
            Content = new FormUrlEncodedContent(_to.Login.Form),
        };
        using var response = await ExchangeAsync(request, ct);
        if (response.IsSuccessStatusCode)
        {
            var answer = await ReadAsync<TokenAnswer>(response, ct);
            return answer is { AccessToken.Length: > 0 } ? answer : throw NotKeycloak("a login", null);
        }

        var said = await SaidAsync(response, ct);
        throw response.StatusCode switch
        {
            HttpStatusCode.NotFound => new KeycloakException(KeycloakFailure.RealmMissing, $"there is no realm '{_to.Login.Realm}' at {_to.Url} to log in to{said}; create it, or name another one."),
            HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new KeycloakException(
                KeycloakFailure.Unauthorized, $"Keycloak does not accept the login as {_to.Login}{said}; check the Secret that the configuration names, and that the client's service account is enabled."),
            _ => Failing(response, "the login", said),
        };
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            Interlocked.Increment(ref _sent);
            try
            {
                return await _http.SendAsync(request, ct);
            }
            catch (HttpRequestException e)
            {
                throw new KeycloakException(KeycloakFailure.Unreachable, $"{_to.Url} cannot be reached: {e.GetBaseException().Message}", e);
            }
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct) where T : class
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json, ct) ?? throw NotKeycloak(response.RequestMessage!.RequestUri!.AbsolutePath, null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw NotKeycloak(response.RequestMessage!.RequestUri!.AbsolutePath, e);
        }
    }

    private async Task<KeycloakException> ErrorAsync(HttpResponseMessage response, string what, CancellationToken ct)
    {
        var said = await SaidAsync(response, ct);
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new(KeycloakFailure.Unauthorized, $"Keycloak does not accept the token of {_to.Login} in realm '{_to.Realm}'{said}."),
            HttpStatusCode.Forbidden => new(KeycloakFailure.Unauthorized, $"{_to.Login} lacks a right in realm '{_to.Realm}'{said}; give its service account the role realm-management/manage-clients."),
            HttpStatusCode.NotFound when said.Contains("Realm not found", StringComparison.OrdinalIgnoreCase) =>
                new(KeycloakFailure.RealmMissing, $"there is no realm '{_to.Realm}' at {_to.Url}; create it, or name another one."),
            HttpStatusCode.NotFound => new(KeycloakFailure.NotFound, $"{what}: not there{said}."),
            HttpStatusCode.Conflict => new(KeycloakFailure.Conflict, $"{what}: conflict{said}."),
            HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => Failing(response, what, said),
            _ => new(KeycloakFailure.Refused, $"{what}: Keycloak refuses it ({(int)response.StatusCode}{said})."),
        };
    }

    private KeycloakException Failing(HttpResponseMessage response, string what, string said) =>
        new(KeycloakFailure.Unreachable, $"{_to.Url} answers {(int)response.StatusCode} to {what}{said}.");

    private KeycloakException NotKeycloak(string what, Exception? e) =>
        new(KeycloakFailure.Unreachable, $"{_to.Url} answers {what} with something else than Keycloak's JSON; check the address.", e);

    /// <summary>What Keycloak gives as the reason, in brackets.</summary>
    private static async Task<string> SaidAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            var error = JsonSerializer.Deserialize<ErrorAnswer>(await response.Content.ReadAsByteArrayAsync(ct), Json);
            var parts = new[] { error?.Error, error?.ErrorMessage, error?.ErrorDescription }.Where(part => !string.IsNullOrEmpty(part));
            return string.Join(": ", parts) is { Length: > 0 } text ? $" ({text})" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static string IdOf(HttpResponseMessage response, string path) =>
        response.Headers.Location?.ToString() is { } location && location.LastIndexOf('/') is var slash && slash >= 0 && slash + 1 < location.Length
            ? location[(slash + 1)..]
            : throw new KeycloakException(KeycloakFailure.Unreachable, $"POST {path}: Keycloak does not say where the new object is.");
}
