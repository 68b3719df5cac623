package iamsmart

import (
	"errors"
	"fmt"
	"maps"
	pathpkg "path"
	"slices"
	"strings"
)

// Function is one call of the API, by the name that configurations and errors use.
type Function string

// The functions. Those for anonymous people come in pairs: one begins, the other fetches the result.
const (
	FunctionGetKey                     Function = "getKey"
	FunctionRevokeKey                  Function = "revokeKey"
	FunctionGetQR                      Function = "getQR"
	FunctionGetToken                   Function = "getToken"
	FunctionProfile                    Function = "profile"
	FunctionFormFilling                Function = "formFilling"
	FunctionReauthentication           Function = "reauthentication"
	FunctionSigning                    Function = "signing"
	FunctionPDFSigning                 Function = "pdfSigning"
	FunctionAcknowledge                Function = "acknowledge"
	FunctionAnonymousFormFilling       Function = "anonymousFormFilling"
	FunctionAnonymousFormFillingResult Function = "anonymousFormFillingResult"
	FunctionAnonymousSigning           Function = "anonymousSigning"
	FunctionAnonymousSigningResult     Function = "anonymousSigningResult"
	FunctionAnonymousPDFSigning        Function = "anonymousPDFSigning"
	FunctionAnonymousPDFSigningResult  Function = "anonymousPDFSigningResult"
)

// pathPair is where a function lies in each family. Login and profile lie in one place in both.
type pathPair struct{ account, sister string }

var functionPaths = map[Function]pathPair{
	FunctionGetKey:                     {"/security/getKey", "/security/getKey"},
	FunctionRevokeKey:                  {"/security/revokeKey", "/security/revokeKey"},
	FunctionGetQR:                      {"/auth/getQR", "/auth/getQR"},
	FunctionGetToken:                   {"/auth/getToken", "/auth/getToken"},
	FunctionProfile:                    {"/account/auth/profile/initiateRequest", "/account/auth/profile/initiateRequest"},
	FunctionFormFilling:                {"/account/eme/initiateRequest", "/formFilling/initiateRequest"},
	FunctionReauthentication:           {"/account/stepup/initiateRequest", "/account/stepup/initiateRequest"},
	FunctionSigning:                    {"/account/signing/initiateRequest", "/signing/initiateRequest"},
	FunctionPDFSigning:                 {"/account/pdfsigning/initiateRequest", "/pdfsigning/initiateRequest"},
	FunctionAcknowledge:                {"/account/signing/ackResult", "/signing/ackResult"},
	FunctionAnonymousFormFilling:       {"/anonymous/eme/initiateRequest", "/formFilling/anonymous/initiateRequest"},
	FunctionAnonymousFormFillingResult: {"/anonymous/eme/getResult", "/formFilling/anonymous/getResult"},
	FunctionAnonymousSigning:           {"/anonymous/signing/initiateRequest", "/signing/anonymous/initiateRequest"},
	FunctionAnonymousSigningResult:     {"/anonymous/signing/getResult", "/signing/anonymous/getResult"},
	FunctionAnonymousPDFSigning:        {"/anonymous/pdfsigning/initiateRequest", "/pdfsigning/anonymous/initiateRequest"},
	FunctionAnonymousPDFSigningResult:  {"/anonymous/pdfsigning/getResult", "/pdfsigning/anonymous/getResult"},
}

// Functions lists the names that [Protocol].Path takes, in alphabetical order.
func Functions() []Function { return slices.Sorted(maps.Keys(functionPaths)) }

// pathOf is where a function lies.
func (p Protocol) pathOf(f Function) string {
	if own, given := p.Path[f]; given {
		return own
	}
	if p.Paths == "sister" {
		return functionPaths[f].sister
	}
	return functionPaths[f].account
}

// hasTwoPaths tells whether the families differ about a function.
func hasTwoPaths(f Function) bool { return functionPaths[f].account != functionPaths[f].sister }

// SetPath gives a function a path of its own, below the API base and beginning with a slash.
func (p *Protocol) SetPath(f Function, path string) error {
	if err := checkPath(f, path); err != nil {
		return err
	}
	if p.Path == nil {
		p.Path = map[Function]string{}
	}
	p.Path[f] = path
	return nil
}

const maxPath = 256

func checkPath(f Function, path string) error {
	if _, known := functionPaths[f]; !known {
		names := make([]string, 0, len(functionPaths))
		for _, name := range Functions() {
			names = append(names, string(name))
		}
		return fmt.Errorf("path: there is no function %q, expected one of %s", f, strings.Join(names, ", "))
	}
	if !wellFormed(path, maxPath, isPathByte) || path != pathpkg.Clean(path) || path[0] != '/' {
		return fmt.Errorf("path %s: %w", f, errors.New("a path begins with a slash and has letters, digits, / . _ ~ and - only"))
	}
	return nil
}

func isPathByte(b byte) bool { return isStateByte(b) || strings.IndexByte("/.~", b) >= 0 }
