using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using McpOperator.Api.V1Alpha1;
using McpOperator.Identity;
using McpOperator.Policy;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;
using Spectre.Console;

namespace McpOperator.Benchmarks.Proxy;

/// <summary>
/// What it costs that a call brings a token: the same proxy before the same server without tokens, with one token for all calls, as agents
/// have it, and with another one for each call; in turn, at the same rate, in one run.
/// </summary>
/// <param name="console">Where progress and results are shown.</param>
/// <param name="program">Our program.</param>
internal sealed class TokenBenchmark(IAnsiConsole console, string program)
{
    private const string Resource = "http://bench.example.com/mcp";
    private const double MostAddedMedian = 0.2;

    /// <summary>More than the proxy remembers, so that each is as good as new when it comes again.</summary>
    private const int Tokens = 2500;

    private static readonly byte[] Expected = "Echo: hello"u8.ToArray();

    /// <summary>Measures and shows.</summary>
    /// <param name="rounds">Rounds; each has a turn of each sort, and medians are shown.</param>
    /// <param name="seconds">How long a turn takes.</param>
    /// <param name="ct">Gives up.</param>
    public async Task RunAsync(int rounds, double seconds, CancellationToken ct)
    {
        var time = TimeSpan.FromSeconds(seconds);
        using var key = RSA.Create(2048);
        using var server = TrivialServer.Start();
        await using var issuer = await LocalServer.StartAsync(http => http.Response.WriteAsync(KeysOf(key)));
        var authority = issuer.Address.ToString().TrimEnd('/');
        var tokens = Enumerable.Range(0, Tokens).Select(i => TokenOf(key, authority, i)).ToList();
        using var open = await ProxyProcess.StartAsync(program, server.Port, Expected, ct);
        using var guarded = await ProxyProcess.StartAsync(program, server.Port, Expected, ct, PolicyOf(authority), tokens[0]);

        List<double> none = [], one = [], many = [];
        for (var round = 0; round <= rounds; round++)
        {
            console.MarkupLineInterpolated($"[grey]round {round} of {rounds}; the first warms up[/]");
            var carried = PassThroughBenchmark.Load(guarded.Port, null, time, tokens).Count / time.TotalSeconds;
            foreach (var (medians, port, with) in new (List<double>, int, IReadOnlyList<string>?)[] { (none, open.Port, null), (one, guarded.Port, [tokens[0]]), (many, guarded.Port, tokens) })
            {
                var median = Statistics.Median(PassThroughBenchmark.Load(port, carried / 2, time, with));
                if (round > 0)
                {
                    medians.Add(median);
                }
            }
        }

        var added = Statistics.Median(one.Zip(none, (with, without) => with - without));
        var table = new Table().Title("Calls with a token, at half of what the proxy carries").Caption($"{Environment.ProcessorCount} cores, {rounds} rounds, medians")
            .AddColumn("").AddColumn(new TableColumn("p50").RightAligned()).AddColumn(new TableColumn("added").RightAligned());
        table.AddRow("no token is asked for", $"{Statistics.Median(none):0.000} ms", "");
        table.AddRow(new Text("one token (RS256) for all calls"), new Text($"{Statistics.Median(one):0.000} ms"), new Text($"{added:0.000} ms, ≤ {MostAddedMedian} wanted", new Style(added <= MostAddedMedian ? Color.Green : Color.Red)));
        table.AddRow("another one for each call", $"{Statistics.Median(many):0.000} ms", $"{Statistics.Median(many.Zip(none, (with, without) => with - without)):0.000} ms");
        var (known, unknown) = await LookAsync(tokens, authority, ct);
        table.AddRow("looking at a known token, by itself", $"{known:0.000} ms", "");
        table.AddRow("looking at a new one, by itself", $"{unknown:0.000} ms", "");
        console.Write(table);
    }

    /// <summary>What the look at a token takes by itself, in this process: other work on the machine hides less of it.</summary>
    private static async Task<(double Known, double New)> LookAsync(List<string> tokens, string authority, CancellationToken ct)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var (validator, auth) = (new TokenValidator(http, TimeProvider.System), PolicyOf(authority).Auth);
        List<double> known = [], unknown = [];
        // Twice each: the first pass warms up.
        foreach (var token in tokens.Concat(tokens))
        {
            unknown.Add(await TimeAsync(token));
            known.Add(await TimeAsync(token));
        }

        return (Statistics.Median(known.Skip(tokens.Count)), Statistics.Median(unknown.Skip(tokens.Count)));

        async Task<double> TimeAsync(string token)
        {
            var began = Stopwatch.GetTimestamp();
            var finding = await validator.ValidateAsync(token, auth, ct);
            return finding.Caller is not null ? Stopwatch.GetElapsedTime(began).TotalMilliseconds : throw new InvalidOperationException(finding.Message);
        }
    }

    /// <summary>Everything is looked at and nobody needs a grant: there is no cluster to read one from.</summary>
    private static PolicyDocument PolicyOf(string issuer) => ProxyProcess.Policy() with
    {
        Access = new(AccessMode.Observe, Decision.Deny, false),
        Auth = new() { Type = AuthType.OIDC, Issuer = issuer, JwksUri = $"{issuer}/keys", ResourceUrl = Resource, Claims = new() { User = "sub", Agent = "azp", Groups = "groups", Session = "sid" } },
    };

    private static string KeysOf(RSA key)
    {
        var parameters = key.ExportParameters(false);
        return $$"""{"keys":[{"kty":"RSA","kid":"k","use":"sig","alg":"RS256","n":"{{Base64Url.EncodeToString(parameters.Modulus)}}","e":"{{Base64Url.EncodeToString(parameters.Exponent)}}"}]}""";
    }

    private static string TokenOf(RSA key, string issuer, int number)
    {
        var end = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        var signed = $"{Encoded("""{"alg":"RS256","kid":"k","typ":"at+jwt"}""")}.{Encoded($$"""{"iss":"{{issuer}}","aud":"{{Resource}}","exp":{{end}},"sub":"alice","azp":"planner","groups":["staff","everybody"],"jti":"{{number}}"}""")}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }
}
