using System.Net;
using System.Net.Http.Headers;
using System.Text;
using McpOperator.Api;
using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Registry;

/// <summary>
/// Logs in to one registry for one repository: with each credential in turn, or anonymously when there is none. The realm is the
/// registry's word, and it gets what the registry itself may have: https only (unless listed), no redirects, pulling only.
/// </summary>
internal sealed class RegistryLogin(RegistryEndpoint endpoint, string repository, IReadOnlyList<RegistryCredential> credentials, RegistryHttp http, TokenCache tokens)
{
    private const int LargestToken = 64 * 1024;
    private int _next;
    private RegistryException? _failed;

    /// <summary>What the next request carries.</summary>
    public AuthenticationHeaderValue? Current { get; private set; } =
        tokens.Find(Key(endpoint, repository, credentials)) is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;

    /// <summary>Answers a challenge with the next credential. What fails once is not tried again.</summary>
    /// <returns>False when there is none left to try.</returns>
    public async Task<bool> AnswerAsync(string? header, CancellationToken cancellationToken)
    {
        if (_failed is not null)
        {
            throw _failed;
        }

        try
        {
            return await TryNextAsync(header, cancellationToken);
        }
        catch (RegistryException e)
        {
            _failed = e;
            throw;
        }
    }

    private async Task<bool> TryNextAsync(string? header, CancellationToken cancellationToken)
    {
        tokens.Forget(Key(endpoint, repository, credentials));
        var challenge = AuthChallenge.TryParse(header);
        while (challenge is not null && _next < Math.Max(1, credentials.Count))
        {
            var credential = credentials.Count > 0 ? credentials[_next] : null;
            _next++;
            Current = challenge.IsBearer ? await BearerAsync(challenge, credential, cancellationToken) : Basic(credential);
            if (Current is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static string Key(RegistryEndpoint endpoint, string repository, IReadOnlyList<RegistryCredential> credentials) =>
        $"{endpoint.Root.Authority}/{repository} {RegistryCredentials.Fingerprint(credentials)}";

    private static AuthenticationHeaderValue? Basic(RegistryCredential? credential) =>
        credential is { User.Length: > 0 } ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.User}:{credential.Password}"))) : null;

    /// <returns>Nothing when the token server does not know the credential.</returns>
    private async Task<AuthenticationHeaderValue?> BearerAsync(AuthChallenge challenge, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(challenge.Realm, UriKind.Absolute, out var realm))
        {
            throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {endpoint.Name} asks for a token without saying where to get one.");
        }

        endpoint.Admit(realm, endpoint.Root, "a token server");
        using var request = credential?.IdentityToken is { } refresh ? Refresh(realm, challenge, refresh) : Ask(realm, challenge, credential);
        var answer = await http.SendOnceAsync(endpoint, request, LargestToken, cancellationToken);
        if (answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            return null;
        }

        var (token, seconds) = answer.Status == HttpStatusCode.OK ? ReadToken(answer.Body) : (null, 0);
        if (string.IsNullOrEmpty(token) || token.Any(c => c is <= ' ' or > '~'))
        {
            throw new RegistryException(Reasons.RegistryNotTrusted, $"the token server of the registry {endpoint.Name} gives no usable token ({(int)answer.Status}).");
        }

        tokens.Keep(Key(endpoint, repository, credentials), token, seconds);
        return new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The scope is ours, not the challenge's: a registry must not have us fetch rights that we do not need.</summary>
    private HttpRequestMessage Ask(Uri realm, AuthChallenge challenge, RegistryCredential? credential)
    {
        var service = challenge.Service is { Length: > 0 } name ? $"service={Uri.EscapeDataString(name)}&" : "";
        var address = new UriBuilder(realm) { Query = $"{(realm.Query.Length > 1 ? realm.Query[1..] + "&" : "")}{service}scope={Uri.EscapeDataString(Scope)}" }.Uri;
        return new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = Basic(credential) } };
    }

    private HttpRequestMessage Refresh(Uri realm, AuthChallenge challenge, string token) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["service"] = challenge.Service ?? "",
            ["scope"] = Scope,
            ["client_id"] = "mcp-operator",
            ["refresh_token"] = token,
        }),
    };

    private string Scope => $"repository:{repository}:pull";

    private static (string? Token, int Seconds) ReadToken(byte[] body)
    {
        try
        {
            // Without expires_in a token is good for 60 seconds (distribution, "Token Authentication Specification").
            return StrictJson.Read(body, root => (
                root.OptionalText("token") ?? root.OptionalText("access_token"),
                root.OptionalNumber("expires_in") is { } n and > 0 and < int.MaxValue ? (int)n : 60));
        }
        catch (FormatException)
        {
            return (null, 0);
        }
    }
}
