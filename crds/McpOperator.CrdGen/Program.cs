using McpOperator.CrdGen;

// dotnet run --project crds/McpOperator.CrdGen -- <repository root> [--check]
// Writes the CRDs and the reference page; with --check, writes nothing and fails if they are not current.
var check = args.Contains("--check");
var roots = args.Where(a => a != "--check").ToList();
if (roots.Count != 1 || !Directory.Exists(Path.Combine(roots[0], "crds")))
{
    Console.Error.WriteLine("usage: McpOperator.CrdGen <repository root> [--check]");
    return 2;
}

var files = GeneratedFiles.Make();
if (!check)
{
    var done = files.Write(roots[0]);
    Console.WriteLine(done.Count == 0 ? "Generated files are current." : string.Join('\n', done));
    return 0;
}

var differences = files.Differences(roots[0]);
if (differences.Count == 0)
{
    return 0;
}

Console.Error.WriteLine($"Generated files are not current:\n  {string.Join("\n  ", differences)}\nRun `make generate` and commit the result.");
return 1;
