using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>
/// NOT Keycloak: a stand-in for the part of Keycloak 26 that the operator and its tests use, for machines that have none. It behaves as
/// Keycloak's source says, traps included: no pages and no search for scopes; PUT of a scope that passes over its mappers; PUT of an
/// attachment that answers 204 and does nothing; a realm default that conflicts when it is set twice; an empty list for those who may not
/// look; an attribute search that finds everybody. What it has not: pages for people (a user is whom <c>login_hint</c> names, and
/// consents to all), sessions that are kept, dynamic registration, any other protocol mapper than audiences, and a database. Its tokens
/// are real: signed with a key of its own, to be checked against its own JWKS.
/// </summary>
public sealed class KeycloakStandIn : IAsyncDisposable
{
    /// <summary>The administrator of the realm <c>master</c>, and the password.</summary>
    public const string Admin = "admin";

    private readonly IPAddress _listens;
    private readonly X509Certificate2? _certificate;
    private LocalServer? _server;
    private int _port;

    private KeycloakStandIn(IPAddress listens, X509Certificate2? certificate) => (_listens, _certificate) = (listens, certificate);

    /// <summary>The address that tokens name as their issuer's (Keycloak's setting <c>hostname</c>); nothing: the one that was asked.</summary>
    public string? Hostname { get; set; }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{_port}");

    /// <summary>The port.</summary>
    public int Port => _port;

    internal StandInState State { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="listens">On which address; by itself loopback only.</param>
    /// <param name="certificate">With it, it speaks TLS.</param>
    public static async Task<KeycloakStandIn> StartAsync(IPAddress? listens = null, X509Certificate2? certificate = null)
    {
        var standIn = new KeycloakStandIn(listens ?? IPAddress.Loopback, certificate);
        await standIn.StartAgainAsync();
        return standIn;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, with what it had and on its port.</summary>
    public async Task StartAgainAsync()
    {
        _server = await LocalServer.StartAsync(AnswerAsync, _port, _certificate, _listens);
        _port = _server.Address.Port;
    }

    /// <summary>Stops it, cutting all connections.</summary>
    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = new StandInRequest(
            context.Request.Method,
            context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries),
            await reader.ReadToEndAsync(),
            context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString()),
            context.Request.Headers.Authorization.ToString(),
            Hostname ?? $"{context.Request.Scheme}://{context.Request.Host}");
        StandInAnswer answer;
        lock (State)
        {
            answer = StandInRouter.Answer(State, request);
        }

        context.Response.StatusCode = answer.Status;
        if (answer.Location is { } location)
        {
            context.Response.Headers.Location = location;
        }

        if (answer.Body is { } body)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body.ToJsonString());
        }
    }
}

/// <summary>One request.</summary>
internal sealed record StandInRequest(string Method, string[] Path, string Body, IReadOnlyDictionary<string, string> Query, string Authorization, string Root)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public IReadOnlyDictionary<string, string> Form => Body.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).ToDictionary(pair => WebUtility.UrlDecode(pair[0]), pair => WebUtility.UrlDecode(pair[1]));
}

/// <summary>One answer.</summary>
internal sealed record StandInAnswer(int Status, JsonNode? Body = null, string? Location = null)
{
    public static StandInAnswer Ok(JsonNode body) => new(200, body);

    public static StandInAnswer Done { get; } = new(204);

    public static StandInAnswer Created(string location) => new(201, null, location);

    /// <summary>The form in which JAX-RS exceptions are told.</summary>
    public static StandInAnswer Error(int status, string error, string? description = null) =>
        new(status, new JsonObject { ["error"] = error, ["error_description"] = description ?? "For more on this error consult the server log." });

    /// <summary>The form in which <c>ErrorResponse</c> is told.</summary>
    public static StandInAnswer Message(int status, string message) => new(status, new JsonObject { ["errorMessage"] = message });
}
