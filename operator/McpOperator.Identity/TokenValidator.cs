using McpOperator.Api;
using McpOperator.Policy;

namespace McpOperator.Identity;

/// <summary>What came of looking at a token.</summary>
/// <param name="Caller">Who calls, when the token is good.</param>
/// <param name="Reason">Why it is not, from <see cref="AccessReasons"/>.</param>
/// <param name="Message">The same for people. It never repeats what the token says.</param>
public readonly record struct TokenFinding(Caller? Caller, string? Reason, string? Message);

/// <summary>
/// Decides whether an access token is good for this server (RFC 9068, RFC 8725; MCP 2026-07-28, Authorization, "Token Handling"): signed by the
/// configured issuer, for this audience, in time.
/// </summary>
public sealed class TokenValidator(HttpMessageInvoker http, TimeProvider time)
{
    /// <summary>How far the issuer's clock may be off ours, in seconds.</summary>
    public const int Leeway = 30;

    private readonly KeySource _source = new(http);
    private readonly KnownTokens _known = new();
    private volatile IssuerKeys? _keys;

    /// <summary>Why the issuer's keys could not be read the last time; nothing when they could, or nobody has asked.</summary>
    public string? IssuerProblem => _keys?.Problem;

    /// <summary>Looks at a token.</summary>
    /// <param name="text">The token.</param>
    /// <param name="auth">Whose tokens are good.</param>
    /// <param name="ct">Stops waiting for the issuer's keys.</param>
    public async ValueTask<TokenFinding> ValidateAsync(string text, AuthPolicy auth, CancellationToken ct)
    {
        if (auth.Issuer is not { } issuer || (auth.Audience ?? auth.ResourceUrl) is not { } audience)
        {
            return new(null, AccessReasons.IssuerUnavailable, auth.Issuer is null
                ? "No issuer of tokens is configured for this server; its owners set spec.auth.issuer."
                : "The server's own address is not known yet, so no token can be for it; its owners set spec.auth.resourceUrl.");
        }

        var issuerKeys = KeysOf(issuer, auth.JwksUri);
        if (_known.Find(text, auth, issuerKeys.Known, Now()) is { } caller)
        {
            issuerKeys.KeepFresh();
            return new(caller, null, null);
        }

        using var token = JsonWebToken.Read(text, out var problem);
        if (token is null)
        {
            return Bad(problem!);
        }

        // Before any key is asked for: a token of somebody else makes nobody ask for anything.
        if (ProblemOf(token, issuer, audience, out var from, out var until) is { } wrong)
        {
            return Bad(wrong);
        }

        if (await issuerKeys.FindAsync(token.KeyId, token.Algorithm, ct) is not { } candidates)
        {
            return new(null, AccessReasons.IssuerUnavailable, "The issuer's keys cannot be read at present; try again in a moment.");
        }

        foreach (var key in candidates)
        {
            if (key.Verify(token.Algorithm, token.Signed, token.Signature))
            {
                var found = CallerOf(token, auth);
                // The keys may have been read again meanwhile, and this one taken back.
                if (issuerKeys.Known is { } known && known.Contains(key))
                {
                    _known.Keep(text, new(auth, known, from, until, found));
                }

                return new(found, null, null);
            }
        }

        return Bad(candidates.Count == 0 ? "it is signed with a key that the issuer does not have" : "its signature is wrong");
    }

    private static TokenFinding Bad(string problem) => new(null, AccessReasons.TokenInvalid, $"The access token is not valid here: {problem}.");

    private double Now() => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    private string? ProblemOf(JsonWebToken token, string issuer, string audience, out double from, out double until)
    {
        var (claims, now) = (token.Claims, Now());
        (from, until) = (double.NegativeInfinity, double.NegativeInfinity);
        if (ClaimReader.Text(claims, "iss") != issuer)
        {
            return "it is of another issuer";
        }

        if (!ClaimReader.Texts(claims, "aud").Contains(audience, StringComparer.Ordinal))
        {
            return $"it is not for this server, whose audience is {audience}";
        }

        var (expires, begins) = (ClaimReader.Time(claims, "exp", out var brokenEnd), ClaimReader.Time(claims, "nbf", out var brokenBegin));
        var issued = ClaimReader.Time(claims, "iat", out var brokenIssue);
        (from, until) = (Math.Max(begins ?? from, issued ?? from) - Leeway, (expires ?? until) + Leeway);
        return brokenEnd || brokenBegin || brokenIssue ? "one of its times is no number"
            : expires is null ? "it has no end"
            : now >= until ? "it has expired"
            : now < from ? "it is not valid yet"
            : null;
    }

    private IssuerKeys KeysOf(string issuer, string? jwksUri)
    {
        var keys = _keys;
        if (keys?.Issuer != issuer || keys.JwksUri != jwksUri)
        {
            // Another issuer's keys are never asked about this one's tokens.
            _keys = keys = new IssuerKeys(_source, issuer, jwksUri, time);
        }

        return keys;
    }

    private static Caller CallerOf(JsonWebToken token, AuthPolicy auth)
    {
        var (claims, names) = (token.Claims, auth.Claims);
        var client = ClaimReader.Text(claims, "azp") ?? ClaimReader.Text(claims, "client_id");
        return new Caller
        {
            IsAuthenticated = true,
            User = ClaimReader.Text(claims, names.User),
            // RFC 8693: the actor is whoever acts; otherwise it is the client that the token was given to.
            Agent = ClaimReader.Text(claims, names.Agent) ?? ClaimReader.Text(claims, "act.sub") ?? client,
            Client = client,
            Groups = ClaimReader.Texts(claims, names.Groups),
            Scopes = [.. ClaimReader.Texts(claims, "scope").Concat(ClaimReader.Texts(claims, "scp")).SelectMany(s => s.Split(' ', StringSplitOptions.RemoveEmptyEntries))],
            Session = ClaimReader.Text(claims, names.Session),
            SessionSource = SessionSource.Claim,
        };
    }
}
